"""Values of one version of a section as those of another: pure functions on plain data."""
