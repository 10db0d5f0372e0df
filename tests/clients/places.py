"""Where tests put stores that many small commits go to."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of one's own is made in it


def quick_folder() -> Path:
    """A new folder in main memory where the system has that (a commit to disk takes 5 ms on some), else in /tmp."""
    return Path(mkdtemp(prefix="smartshopie-test-", dir=MEMORY if MEMORY.is_dir() else None))
