"""The grounds that users' values are laid on: everyone's, and one for each selection of profiles that users make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cfgcore.change.values import value_in, with_value
from cfgcore.check.judgement import Judgement
from cfgcore.check.personal import Ground, selectors
from cfgcore.declare.registry import Registry
from cfgcore.layer.stored import Reveal
from cfgcore.store.document import Document
from cfgcore.values.absent import ABSENT
from cfgcore.view.difference import same

#: How many selections of profiles are remembered with what everyone has who makes them.
SELECTIONS = 256

#: Judges a user's document in full, and repairs what comes out.
OfUser = Callable[[str, Document], Judgement]


class Grounds:
    """What users have under one judgement of everyone, found without a judgement of each, wherever that can be.

    `sections` are everyone's, `of_user` judges a user in full, and `reveal` turns a reference to a secret into it.
    """

    __slots__ = ("_grounds", "_named", "_of_user", "_registry", "_reveal", "_sections", "_selectors")

    def __init__(
        self,
        registry: Registry,
        judgement: Judgement,
        sections: Mapping[str, Any],
        of_user: OfUser,
        reveal: Reveal = lambda value: value,
    ) -> None:
        self._registry = registry
        self._named = judgement.constraints.named
        self._sections = sections
        self._of_user = of_user
        self._reveal = reveal
        self._selectors = selectors(registry)
        self._grounds = {repr({}): self._made(judgement, sections)}

    def sections(self, user: str, document: Document) -> Mapping[str, Any]:
        """Return the sections of a user, whose document is in today's form; those like everyone's are everyone's."""
        found = self._laid(user, document.values)
        return self._shared(self._of_user(user, document).sections) if found is None else found

    def is_sound(self, user: str, document: Document) -> bool:
        """Return whether nothing is wrong with what a user set; where False, nobody knows without a judgement."""
        return self._laid(user, document.values) is not None

    def _laid(self, user: str, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if user in self._named:  # what a policy demands of this one is no ground for others
            return None
        selection, rest = self._parted(values)
        key = repr(selection) if selection else "{}"
        found = self._grounds.get(key)
        if found is None:
            judgement = self._of_user(user, Document(selection, revision=1))
            found = self._made(judgement, self._shared(judgement.sections))
            if len(self._grounds) < SELECTIONS:
                self._grounds[key] = found
        below, ground = found
        own = None if ground is None else ground.with_user(rest, user)
        return None if own is None else {**below, **(self._shared(own) if selection else own)}

    def _made(self, judgement: Judgement, sections: Mapping[str, Any]) -> tuple[Mapping[str, Any], Ground | None]:
        is_sound = not any(problem.severity == "error" for problem in judgement.problems)
        return sections, Ground(self._registry, judgement, sections, self._reveal) if is_sound else None

    def _parted(self, values: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Return what selects profiles, and the rest."""
        selection: dict[str, Any] = {}
        for path in self._selectors:
            chosen = value_in(values, path)
            if chosen is not ABSENT:
                selection, values = with_value(selection, path, chosen), with_value(values, path, ABSENT)
        return selection, values

    def _shared(self, sections: Mapping[str, Any]) -> Mapping[str, Any]:
        known = self._sections
        return {name: known[name] if same(known.get(name), new) else new for name, new in sections.items()}
