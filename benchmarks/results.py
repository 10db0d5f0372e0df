"""Figures: medians with their range, the machine they come from, a table and a JSON file."""

from __future__ import annotations

import json
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from smartshopie_db.clock import LocalTime, now_ms


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity: all its samples, in `unit`."""

    section: str
    name: str
    unit: str
    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of the samples."""
        return statistics.median(self.samples)


@dataclass(slots=True)
class Results:
    """What was measured so far; `add` also prints it, so that a long run can be watched."""

    figures: list[Figure] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)

    def add(self, section: str, name: str, unit: str, samples: Iterable[float]) -> None:
        """Keep a figure; one without samples is left out, so nothing is reported that was not measured."""
        values = tuple(float(value) for value in samples)
        if values:
            figure = Figure(section, name, unit, values)
            self.figures.append(figure)
            print(f"  {line(figure)}", flush=True)

    def median(self, section: str, name: str) -> float | None:
        """The median of a figure; None when it was not measured."""
        return next((one.median for one in self.figures if (one.section, one.name) == (section, name)), None)

    def ratio(self, section: str, name: str, above: str, below: str) -> None:
        """Add the ratio of the medians of two figures of a section, where both are known."""
        over, under = self.median(section, above), self.median(section, below)
        if over is not None and under:
            self.add(section, name, "ratio", [over / under])

    def write(self, path: Path) -> None:
        """All samples with the machine, as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "made_at": LocalTime("UTC").iso(now_ms()),
            "machine": machine(),
            "options": self.options,
            "figures": [asdict(one) | {"median": one.median} for one in self.figures],
        }
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """Where the figures come from, and how busy it was besides."""
    cpu = Path("/proc/cpuinfo")
    models = [row.partition(":")[2].strip() for row in cpu.read_text().splitlines() if row.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("dash", "plotly", "pandas", "waitress", "SQLAlchemy")},
        "load_average": [round(value, 1) for value in psutil.getloadavg()],
    }


def rounded(value: float) -> str:
    """Three figures that mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def line(figure: Figure) -> str:
    """One figure in words."""
    spread = ""
    if len(figure.samples) > 1:
        spread = f"  ({rounded(min(figure.samples))} to {rounded(max(figure.samples))}, n={len(figure.samples)})"
    return f"{figure.section:<10} {figure.name:<58} {rounded(figure.median):>9} {figure.unit}{spread}"


def markdown(figures: Sequence[Figure]) -> str:
    """The figures as a table for docs/performance.md."""
    rows = ["| part | figure | median | min to max | n |", "|---|---|---:|---:|---:|"]
    for one in figures:
        low, high = rounded(min(one.samples)), rounded(max(one.samples))
        spread = f"{low} to {high}" if len(one.samples) > 1 else ""
        rows.append(
            f"| {one.section} | {one.name} | {rounded(one.median)} {one.unit} | {spread} | {len(one.samples)} |"
        )
    return "\n".join(rows)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
