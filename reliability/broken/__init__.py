"""How stores are broken on purpose; which of them, and why, is in :mod:`reliability.mutants`."""
