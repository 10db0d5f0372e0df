"""Official client libraries, each in a folder of its own: their needs contradict each other's and the project's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

SENDERS = Path(__file__).resolve().parent / "senders"


@dataclass(frozen=True)
class Library:
    """A client as its registry has it, and the program here that sends with it."""

    name: str
    package: str  # with its version, as the installer wants it
    sender: str
    patient: bool = True  # waits for half a minute; else it gives up after 1.6 seconds

    @property
    def is_node(self) -> bool:
        return self.sender.endswith(".cjs")

    def command(self, folder: Path, address: str, key: str, events: int) -> list[str]:
        program = "node" if self.is_node else sys.executable
        return [program, str(SENDERS / self.sender), str(folder), address, key, str(events)]


LIBRARIES = (
    Library("segment-python-2.4.0", "segment-analytics-python==2.4.0", "segment_python.py"),
    Library("segment-python-2.3.4", "segment-analytics-python==2.3.4", "segment_python.py"),
    Library("rudder-python", "rudder-sdk-python==2.1.9", "rudder_python.py"),
    Library("segment-node", "@segment/analytics-node@3.1.0", "segment_node.cjs"),
    Library("rudder-node", "@rudderstack/rudder-sdk-node@3.0.13", "rudder_node.cjs", patient=False),
)


class NotInstalledError(Exception):
    """Why a library is not here."""


def installed(library: Library, cache: Path) -> Path:
    """The library's folder below `cache`, installed from its registry where it is not there yet."""
    if library.is_node and shutil.which("node") is None:
        raise NotInstalledError("node is not on this machine")
    folder = cache / library.name
    if not folder.is_dir():
        cache.mkdir(exist_ok=True)
        making = Path(mkdtemp(prefix=f"{library.name}-", dir=cache))
        result = subprocess.run(_installer(library, making), cwd=making, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            shutil.rmtree(making)
            raise NotInstalledError(f"{library.package} could not be installed: {result.stderr.strip()[-500:]}")
        try:
            making.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(making)
    return folder


def _installer(library: Library, folder: Path) -> list[str]:
    if library.is_node:
        return ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder), library.package]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return [*pip, "--target", str(folder), library.package]


def must_be_here() -> bool:
    """In CI a client that is missing is a failure."""
    return os.environ.get("CI", "").lower() in ("1", "true")  # noqa: TID251 - a setting of the tests
