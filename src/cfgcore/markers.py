"""The markers by which plugins and hook specifications are recognised, and nothing else.

Plugin modules import :data:`hookimpl` from here, so that marking a function costs no more than importing pluggy.
"""

from __future__ import annotations

import pluggy

PROJECT = "cfgcore"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
