"""The order of the layers. This tuple is the only place that says it."""

from __future__ import annotations

#: Weakest first. A stronger layer hides a weaker one; tables merge.
LAYERS = ("default", "recommended", "file", "stored", "environment", "group", "user", "machine", "enforced")
