"""Views made of stored documents among all other layers: of everyone, of a user, of what is only asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from cfgcore.change.today import held_of, unreadable
from cfgcore.change.values import with_value
from cfgcore.publish.published import Documents, Published, missing
from cfgcore.store.document import Document, user_document
from cfgcore.store.secret import key_in
from cfgcore.view.difference import same
from cfgcore.view.digest import digest_of
from cfgcore.view.view import View, make_view, view_class

if TYPE_CHECKING:
    from cfgcore.change.grounds import Grounds
    from cfgcore.change.layering import Layering
    from cfgcore.change.request import Request
    from cfgcore.check.judgement import Judgement
    from cfgcore.declare.registry import Registry
    from cfgcore.store.protocol import Snapshot

#: Returns one document, as the store has it, in today's form, given those that everyone shares.
Today = Callable[[str, Document, "Snapshot | None"], Document]


class Views:
    """Makes views under what is published; `today` brings a user's document into today's form."""

    def __init__(self, registry: Registry, layering: Layering, today: Today) -> None:
        self._registry = registry
        self._layering = layering
        self._today = today
        self._class = view_class(tuple(registry.sections), partial(digest_of, registry))
        self._grounds: tuple[Published, Grounds | None] | None = None

    def made(self, judgement: Judgement, documents: Documents, revision: int) -> View:
        """Return the view of a judgement of `documents`."""
        return make_view(self._class, judgement.sections, revision, missing(self._registry, judgement, documents))

    def personal(self, published: Published, user: str, document: Document, previous: View | None) -> View:
        """Return the view of a user like :meth:`of_user`, without a judgement of everything wherever that can be."""
        document = self._today(user_document(user), document, published.stored)
        grounds = None if held_of(document) or _is_everyones(published, user, document) else self._under(published)
        if grounds is None:
            return self.of_user(published, user, document, previous)[0]
        revision = max(document.revision, published.view.revision)
        return make_view(self._class, grounds.sections(user, document), revision)

    def _under(self, published: Published) -> Grounds | None:
        """Return what users' values are laid on, or None where each takes a judgement of everything."""
        if self._grounds is None or self._grounds[0] is not published:
            self._grounds = published, self._new_grounds(published)
        return self._grounds[1]

    def _new_grounds(self, published: Published) -> Grounds | None:
        from cfgcore.change.grounds import Grounds

        sections = {name: getattr(published.view, name) for name in published.view}
        is_whole = len(sections) == len(self._registry.sections) and not unreadable(published.documents)
        if not is_whole or self._layering.computes:
            return None

        def of_user(user: str, document: Document) -> Judgement:
            return self.repaired(published, {**published.documents, user_document(user): document}, user)

        return Grounds(self._registry, published.judgement, sections, of_user, self._layering.reveal)

    def judged(self, published: Published, documents: Documents, user: str | None, bare: bool = False) -> Judgement:
        """Judge `documents` where those that are published are now; `bare` leaves out the layers above them."""
        if bare:
            return self._layering.bare(published.reading, documents, user)
        return self._layering.judge(published.reading, documents, published.running, user, published.judgement)

    def repaired(self, published: Published, documents: Documents, user: str) -> Judgement:
        """Judge what a user has as readers see it: what does not go with the rest is ignored."""
        return self._layering.repaired(published.reading, documents, published.running, user, published.judgement)

    def of_user(
        self, published: Published, user: str, document: Document, previous: View | None = None
    ) -> tuple[View, Judgement]:
        """Return the view of a user, whose document the store has, and the judgement that it is made of.

        It shares sections with everyone's view, and those that did not change with the `previous` one.
        """
        documents = self.documents(published, user, document)
        document = documents[user_document(user)]
        if _is_everyones(published, user, document):
            return published.view, published.judgement
        judgement = self.repaired(published, documents, user)
        sections = shared(published.view, judgement.sections)
        if previous is not None:
            sections |= {section: getattr(previous, section) for section in held_of(document) if section in previous}
        revision = max(document.revision, published.view.revision)
        absent = missing(self._registry, judgement, documents)
        return make_view(self._class, sections, revision, absent), judgement

    def asked_for(self, published: Published, request: Request, documents: Documents, user: str | None) -> Judgement:
        """Judge what `documents` would be once a request is done.

        Raises :class:`ValidationFailed` with all problems where some of it was refused.
        """
        documents = dict(documents)
        for name, changed in request.values.items():
            values = documents[name].values
            for path, value in changed.items():
                values = with_value(values, path, request.secrets.get(key_in(value) or "", value))
            documents[name] = replace(documents[name], values=values, revision=0)
        judgement = self.judged(published, documents, user)
        if request.refused:
            raise request.refusal(self._registry, judgement.problems)
        return judgement

    def documents(self, published: Published, user: str, document: Document) -> dict[str, Document]:
        """Return the documents that a user's view is made of, in today's form; `document` is the user's own."""
        name = user_document(user)
        return {**published.documents, name: self._today(name, document, published.stored)}


def _is_everyones(published: Published, user: str, document: Document) -> bool:
    """Return whether a user has what everyone has, at the same revision."""
    is_new = document.values or held_of(document) or document.revision > published.view.revision
    return not is_new and user not in published.judgement.constraints.named


def shared(view: View, sections: Mapping[str, Any]) -> dict[str, Any]:
    """Return `sections`, with those of `view` in the place of equal ones."""
    known = {name: getattr(view, name) for name in view}
    return {name: known[name] if same(known.get(name), new) else new for name, new in sections.items()}
