"""What the benchmarks over many users are asked for on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

MANY = 1_000_000


def asked(description: str | None) -> argparse.Namespace:
    """Return how many `users`, in which `folder` (None: a temporary one), and whether `only` one kind of store."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=MANY, metavar="N", help=f"how many there are ({MANY:,})")
    parser.add_argument("--folder", type=Path, help="where the stores are built (a temporary folder)")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one kind of store")
    return parser.parse_args()
