"""Whether a folder lies on a network file system."""

from __future__ import annotations

import os
from pathlib import Path as File

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "fuse.sshfs", "fuse.glusterfs", "ceph", "glusterfs"}
)


def is_network(folder: File) -> bool:
    """Return whether `folder` is known to lie on a network file system; False where the system does not tell."""
    try:
        mounts = File("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return False
    if not any(f" - {kind} " in mounts for kind in _NETWORK):
        return False
    here = os.path.realpath(folder)
    best, kind = "", ""
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        point = fields.split()[4].replace("\\040", " ")
        inside = here == point or here.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, rest.split()[0]
    return kind in _NETWORK
