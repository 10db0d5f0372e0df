"""Where tests put stores that many small commits go to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of one's own is made in it


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder in main memory where the system has that (a commit to disk takes 5 ms on some), else in /tmp."""
    folder = Path(mkdtemp(prefix="smartshopie-test-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
