"""Segment messages as NDJSON: one JSON message a line, gzipped or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smartshopie_db import client_json
from smartshopie_db.importers.steps import BadRow, Step
from smartshopie_db.importers.tables import lines

SOURCE = "import:segment"


def read(path: Path, skip: int = 0) -> Iterator[Step]:
    """Yield a step per line after the first `skip`."""
    for number, line in enumerate(lines(path), start=1):
        if number <= skip:
            continue
        if not line.strip():
            yield Step(row=number, done=number, rows=0)
            continue
        try:
            message = client_json.parse(line)
        except ValueError:
            bad = BadRow("malformed_json", f"Line {number} is not a JSON object.", line[:2_000])
            yield Step(row=number, done=number, bad=[bad])
            continue
        yield Step(row=number, done=number, events=[message])
