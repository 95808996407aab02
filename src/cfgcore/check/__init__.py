"""Merged values judged: field by field, then by rules across sections; all problems are found, none hides another."""
