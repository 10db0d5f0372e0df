"""Measure how fast the program is.

    python -m benchmarks                     everything but the stores of millions of events: about half an hour
    python -m benchmarks pages --peers       one part, beside stock Dash and Streamlit (make bench sets them up)
    python -m benchmarks --large             also stores of 1 and 5 million events: made once, which takes an hour
    python -m benchmarks --tiny              a store of some days and one round: does it all still run?

Figures of different runs do not compare: the same machine differs by a fifth from one hour to the next. Ratios within
a run do.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import pages, requests, stores, writing
from benchmarks.results import Results, machine, markdown
from benchmarks.servers import PEER_PYTHON, PROJECT, ours

PARTS = ("seed", "pages", "http", "tenfold", "ingest", "import", "rollup")
DAYS, VISITORS = 731, 118.0
RESULTS = PROJECT / "benchmarks" / "results"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    summary, _, rest = (__doc__ or "").partition("\n\n")
    made = argparse.ArgumentParser(
        prog="python -m benchmarks", description=summary, epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=f"of {', '.join(PARTS)}")
    made.add_argument("--days", type=int, default=DAYS, help="days of the store (default: %(default)s)")
    made.add_argument("--visitors-per-day", type=float, default=VISITORS, help="its size (default: %(default)g)")
    made.add_argument("--store", type=Path, help="measure this store (a copy is written to) instead of making one")
    made.add_argument("--rounds", type=int, default=5, help="visits of the pages (default: %(default)s)")
    made.add_argument("--seconds", type=float, default=2.0, help="of each load run (default: %(default)g)")
    made.add_argument("--peers", action="store_true", help="also stock Dash and Streamlit")
    made.add_argument("--large", action="store_true", help="also stores of 1 and 5 million events")
    made.add_argument("--tiny", action="store_true", help="as small as it gets")
    made.add_argument("--output", type=Path, default=RESULTS, help="folder of results and stores")
    made.add_argument("--markdown", action="store_true", help="print the figures as a table of docs/performance.md")
    return made


def run(options: argparse.Namespace, results: Results, work: Path) -> None:
    """The parts asked for."""
    wanted = options.parts or [part for part in PARTS if part != "tenfold" or options.large]
    shelf = options.output / "stores"
    store = options.store or seed(results, shelf, options, report="seed" in wanted)
    if "pages" in wanted:
        plan = pages.Plan(options.rounds, (0.0,) if options.tiny else (0.0, 28.0), options.peers)
        pages.measure(results, stores.copied(store, work / "pages.db"), work, plan)
    if "http" in wanted:
        copy = stores.copied(store, work / "http.db")
        requests.measure(results, copy, work, seconds=options.seconds, peers=options.peers)
    if "tenfold" in wanted:
        tenfold(results, store, stores.seeded(shelf, options.days, 10 * options.visitors_per_day)[0], work)
    if "ingest" in wanted:
        writing.ingest(results, store, work, events=1_000 if options.tiny else 50_000)
    if "import" in wanted:
        writing.import_file(results, work, rows=2_000 if options.tiny else None)
    if "rollup" in wanted:
        others = (0.4, 2.0, 10.0) if options.large else () if options.tiny else (0.4,)
        sized = [stores.seeded(shelf, options.days, size * options.visitors_per_day)[0] for size in others]
        sized = sized if options.large else [*sized, store]
        writing.rollups(results, sized, work, events=500 if options.tiny else writing.NEW_EVENTS)


def seed(results: Results, shelf: Path, options: argparse.Namespace, *, report: bool) -> Path:
    """The store to measure; made anew, with its figures, when the seed itself is asked for."""
    store, seconds = stores.seeded(shelf, options.days, options.visitors_per_day)
    if report and seconds is not None:
        count = stores.event_count(store)
        results.add("seed", f"{count:,} events invented, stored and added up", "s", [seconds])
        results.add("seed", "events per second", "/s", [count / seconds])
    return store


def tenfold(results: Results, store: Path, large: Path, work: Path) -> None:
    """First answers on a store with ten times the events of the same days."""
    for name, path in (("store", store), ("ten times the events", large)):
        copy = stores.copied(path, work / "tenfold.db")
        with ours(copy, work) as server:
            requests.cold_endpoints(results, name, server)
    for dataset in requests.SERVED:
        what = f"{dataset}: CPU of a first answer, 1y"
        over, under = results.median("ten times the events", what), results.median("store", what)
        if over and under:
            results.add("tenfold", f"{dataset}: CPU of a first answer", "ratio", [over / under])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; 2 when the peers are asked for and not there."""
    options = parser().parse_args(arguments)
    if options.tiny:
        options.days, options.visitors_per_day, options.rounds, options.seconds = 100, 15.0, 1, 0.2
    if options.peers and not PEER_PYTHON.exists():
        print("The peers are not set up: `make bench` does it.", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers it started end with it
    results = Results(options={name: str(value) for name, value in vars(options).items()})
    print(f"{machine()['processor']}, {machine()['cores']} cores, load {machine()['load_average'][0]}")
    try:
        with tempfile.TemporaryDirectory(prefix="smartshopie-bench-") as work:
            run(options, results, Path(work))
    finally:
        if results.figures:
            name = "-".join(options.parts) or "all"
            results.write(options.output / f"{name}.json")
            print(f"Written to {options.output / f'{name}.json'}; load now {machine()['load_average'][0]}")
    if options.markdown:
        print(markdown(results.figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
