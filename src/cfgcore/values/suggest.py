"""Names that look alike: "did you mean ...?"."""

from __future__ import annotations

from collections.abc import Iterable


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the name in `known` that is most like `name`, or None if none is close; the case of letters is ignored."""
    import difflib

    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold()[:100], by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a sentence such as `` Did you mean 'port'?``, with its leading space, or the empty string."""
    found = closest(name, known)
    return f" Did you mean {found!r}?" if found else ""
