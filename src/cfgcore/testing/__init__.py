"""What tests of applications and plugins need.

The fixture :func:`cfgcore_override` comes with the package: pytest finds it by itself.
"""

from cfgcore.testing.override import override
from cfgcore.testing.section import check_section

__all__ = ["check_section", "override"]
