"""What a plugin author's tests ask of a section."""

from __future__ import annotations

from typing import Any


def check_section(section: type[Any], *others: type[Any]) -> None:
    """Check the steps and the defaults of a section; `others` are sections that its settings have moved from or to.

    The example of every step becomes a valid section of today, from every version, whole, without any one of its keys
    and with each alone; a key that nobody knows survives; where there is a way down, it leads back to the example.
    Defaults written out and read again are the defaults. Raises ``AssertionError`` with everything that is wrong.
    """
    from cfgcore.testing.section_faults import faults_of

    name, faults = faults_of(section, others)
    if faults:
        raise AssertionError(f"section {name!r}:\n" + "\n".join(faults))
