"""Fill the store with an invented skincare and haircare shop, or write its events to a file.

    python seed_demo_data.py                          two years up to this moment, about half a million events
    python seed_demo_data.py --days 90 --seed 7
    python seed_demo_data.py --export events.ndjson.gz

Only events are invented; every number of the dashboard is computed from them. Run again, it adds what is new since then
and doubles nothing. docs/demo-store.md describes the shop and the true effect of its assistant.
"""

import argparse
import gzip
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO, Final
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import make_url
from tqdm import tqdm

from smartshopie_db import clock
from smartshopie_db.connections import file_of
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.demo.story import DEFAULT_DAYS, DEFAULT_SEED, DEFAULT_VISITORS_PER_DAY, Story, tell
from smartshopie_db.errors import StoreError
from smartshopie_db.migrate import is_original
from smartshopie_db.settings import SettingError, Settings, load_settings

SOURCE: Final = "demo"
BATCH: Final = 5_000  # events per transaction: keeps memory flat and readers undisturbed
_COUNTED: Final = ("sessions", "conversations", "orders", "reversals")


class SeedRefusedError(Exception):
    """The store or file is not one to put demo data into; one sentence why, one what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 0 when every event was taken."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        if options.export is not None:
            return _export(options, settings)
        return _seed(options, settings)
    except (SeedRefusedError, StoreError, SettingError, OSError) as error:
        print(f"seed_demo_data.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        kept = "nothing is written" if options.export is not None else "the same command finishes what it began"
        print(f"\nseed_demo_data.py: stopped; {kept}.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    summary, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="seed_demo_data.py", description=summary, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    _add_story(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--database", metavar="FILE|URL", help="the store (default: SMARTSHOPIE_DATABASE_URL)")
    where.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help="write the events as NDJSON instead (gzip if the name ends with .gz)",
    )
    parser.add_argument(
        "--into-real-store", action="store_true", help="mix the demo into a store that holds events from elsewhere"
    )
    parser.add_argument(
        "--if-new",
        action="store_true",
        help="do nothing when the store holds anything already (an unfinished demo goes on)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser


def _add_story(parser: argparse.ArgumentParser) -> None:
    """The options that say which shop is invented."""
    parser.add_argument(
        "--days",
        type=_whole(1, 3650),
        default=DEFAULT_DAYS,
        metavar="N",
        help="days up to and with today (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=_whole(0, 2**32 - 1),
        default=DEFAULT_SEED,
        metavar="N",
        help="same seed, same shop (default: %(default)s)",
    )
    parser.add_argument(
        "--visitors-per-day",
        type=_visitors,
        default=DEFAULT_VISITORS_PER_DAY,
        metavar="N",
        help="how busy the shop is on an average day (default: %(default)g)",
    )


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {low} to {high}")
        return int(text)

    return parse


def _visitors(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0 and up to 100000")
    return number


def _span(days: int, timezone: str) -> tuple[int, int]:
    """The first and last of so many days that end today."""
    last = clock.day_of(clock.today(ZoneInfo(timezone)))
    return last - days + 1, last


def _told(options: argparse.Namespace, story: Story, first: int, last: int) -> Iterator[list[dict[str, Any]]]:
    """The messages of each day, behind a progress bar."""
    days = tell(story, first, last, clock.now_ms())
    with tqdm(total=last - first + 1, desc="Inventing", unit="day", disable=True if options.quiet else None) as bar:
        for _, messages in days:
            yield messages
            bar.update()


def _export(options: argparse.Namespace, settings: Settings) -> int:
    if options.export.is_dir():  # an empty text, too, means this folder
        raise SeedRefusedError(f"{options.export} is a folder, not a file. Name a file in it to write the events to.")
    story = Story(
        seed=options.seed,
        visitors_per_day=options.visitors_per_day,
        timezone=settings.timezone or "UTC",
        currency=settings.currency or "EUR",
        plan=settings.plan,
    )
    first, last = _span(options.days, story.timezone)
    count, began = 0, perf_counter()
    with _replacing(options.export) as file:
        for messages in _told(options, story, first, last):
            file.writelines(orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE) for message in messages)
            count += len(messages)
    print(
        f"{count:,} events of {options.days} days ({clock.iso_day(first)} to {clock.iso_day(last)}, seed {story.seed}) "
        f"written to {options.export} in {perf_counter() - began:.1f} s."
    )
    return 0


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` only when all of it is written."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile(filename="", mode="wb", compresslevel=5, fileobj=raw, mtime=0) as packed:
                    yield packed  # type: ignore[misc]  # a GzipFile writes bytes like any other
            else:
                yield raw
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _seed(options: argparse.Namespace, settings: Settings) -> int:
    closed = SmartShopieDB(options.database, settings=settings)
    if _is_original(closed.url):  # looked at before it is opened: opening brings it up to date
        if options.if_new:
            return _leave(closed.url)
        if not options.into_real_store:
            raise SeedRefusedError(_mixing("the data of an original system"))
    with closed as store:
        if options.if_new and _holds_something(store):
            return _leave(store.url)
        story = Story(
            seed=options.seed,
            visitors_per_day=options.visitors_per_day,
            timezone=store.facts.timezone,
            currency=store.facts.currency,
            plan=settings.plan,
        )
        _claim(store, story, into_real_store=options.into_real_store)
        first, last = _span(options.days, story.timezone)
        began = perf_counter()
        counts = _ingest(store, _told(options, story, first, last))
        stored = perf_counter()
        with tqdm(desc="Adding up", unit="step", disable=True if options.quiet else None) as bar:
            store.rollup(lambda done, total: _show(bar, done, total))
        with store.engine.write() as transaction:
            transaction.set("demo_until", clock.iso_day(last))
        rolled = perf_counter()
        _report(store, options, (first, last), counts, (stored - began, rolled - stored))
    return 1 if counts["rejected"] else 0


def _show(bar: "tqdm[Any]", done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)


def _is_original(url: str) -> bool:
    path = file_of(url)
    return path is not None and is_original(path)


def _holds_something(store: SmartShopieDB) -> bool:
    """Anything but a demo that was interrupted."""
    if store.engine.get("contents") == "demo":
        return store.engine.get("demo_until") is not None
    return store.engine.get("contents") is not None or bool(store.engine.read("SELECT 1 FROM events LIMIT 1").rows)


def _leave(url: str) -> int:
    print(f"The store is not new, and stays as it is: {make_url(url).render_as_string(hide_password=True)}")
    return 0


def _mixing(found: str) -> str:
    return (
        f"this store holds {found}, and demo data would mix with them. Name another one with --database, or say "
        "--into-real-store if that is what you want."
    )


def _claim(store: SmartShopieDB, story: Story, *, into_real_store: bool) -> None:
    """Make sure that the demo may go into this store, and write down which demo it is. Raises SeedRefusedError."""
    elsewhere = [row[0] for row in store.engine.read("SELECT DISTINCT source FROM event_sources ORDER BY source").rows]
    others = [source for source in elsewhere if source != SOURCE]
    contents = store.engine.get("contents")
    if (others or contents not in (None, "demo")) and not into_real_store:
        raise SeedRefusedError(_mixing(f"events from {', '.join(others)}" if others else f"{contents} data"))
    asked = {"seed": story.seed, "visitors_per_day": story.visitors_per_day}
    known = store.engine.get("demo_story")
    if known is not None and json.loads(known) != asked:
        before = json.loads(known)
        raise SeedRefusedError(
            f"this store holds the demo of --seed {before['seed']} --visitors-per-day {before['visitors_per_day']:g}: "
            "another one on top would double the shop. Say the same again, or name another store with --database."
        )
    with store.engine.write() as transaction:
        transaction.set("demo_story", json.dumps(asked))
        if contents is None and not others:
            transaction.set("contents", "demo")


def _ingest(store: SmartShopieDB, days: Iterator[list[dict[str, Any]]]) -> dict[str, int]:
    """Send the days through the same door as everybody's events, in batches; how many were accepted, ..."""
    counts = dict.fromkeys(("accepted", "duplicates", "rejected"), 0)

    def send(events: list[dict[str, Any]]) -> None:
        report = store.ingest(events, source=SOURCE, verdicts=False)
        for name in counts:
            counts[name] += getattr(report, name)

    waiting: list[dict[str, Any]] = []
    for messages in days:
        waiting += messages
        while len(waiting) >= BATCH:
            send(waiting[:BATCH])
            del waiting[:BATCH]
    if waiting:
        send(waiting)
    return counts


def _report(
    store: SmartShopieDB,
    options: argparse.Namespace,
    span: tuple[int, int],
    counts: Mapping[str, int],
    seconds: tuple[float, float],
) -> None:
    first, last = (clock.iso_day(day) for day in span)
    held = {table: int(store.engine.read(f"SELECT COUNT(*) FROM {table}").rows[0][0]) for table in _COUNTED}
    print(f"Demo shop of {options.days} days, {first} to {last} (seed {options.seed}):")
    print(
        f"  events: {counts['accepted']:,} new, {counts['duplicates']:,} already there, {counts['rejected']:,} rejected"
    )
    print("  the store now holds " + ", ".join(f"{count:,} {table}" for table, count in held.items()))
    print(f"  invented and stored in {seconds[0]:.1f} s, added up in {seconds[1]:.1f} s")
    if counts["rejected"]:
        print("  the reasons for the rejections stand in the table rejected_events")
    print("Now run: python app.py")


if __name__ == "__main__":
    sys.exit(main())
