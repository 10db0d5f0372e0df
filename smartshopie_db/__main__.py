"""The store from the command line: python -m smartshopie_db COMMAND (see --help)."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tqdm import tqdm

from smartshopie_db.clock import LocalTime, iso_day
from smartshopie_db.connections import file_of, sqlite_url
from smartshopie_db.database import SmartShopieDB, database_url
from smartshopie_db.engine import Engine
from smartshopie_db.errors import StoreError
from smartshopie_db.facts import StoreFacts
from smartshopie_db.money import exponent, from_minor
from smartshopie_db.ownership import is_missing
from smartshopie_db.settings import SETTINGS, SettingError, Settings, load_settings, unknown_settings

if TYPE_CHECKING:
    from smartshopie_db.importers.run import ImportReport
    from smartshopie_db.rollup import RollupReport


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 it could not be done, 2 asked for wrongly."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        for sentence in unknown_settings():
            print(sentence, file=sys.stderr)
        if options.database is not None:
            settings = replace(settings, database_url=database_url(options.database))
        run: Callable[[argparse.Namespace, Settings], int] = options.run
        code = run(options, settings)
        sys.stdout.flush()
    except SettingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read the output has enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is flushed at the end
        return 1
    except (StoreError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. What was finished is stored; the same command goes on from there.", file=sys.stderr)
        return 130
    else:
        return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m smartshopie_db",
        description="The SmartShopie store: make it, fill it from files, add up what changed, look into it.",
        epilog="Settings are environment variables: " + ", ".join(setting.variable for setting in SETTINGS) + ".",
    )
    parser.add_argument("--database", metavar="FILE|URL", help="the store, in place of SMARTSHOPIE_DATABASE_URL")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[argparse.Namespace, Settings], int], words: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
        added.set_defaults(run=run)
        return added

    command("init", _init, "make the tables; on a store that has them nothing changes")
    command("rollup", _rollup, "derive and add up what changed since the last rollup")
    rebuild = command("rebuild", _rebuild, "derive and add up everything anew, also with another zone or currency")
    rebuild.add_argument("--timezone", help="time zone whose days are counted, e.g. Europe/Berlin")
    rebuild.add_argument("--currency", help="currency of the money shown, e.g. EUR")
    rebuild.add_argument("--attribution-days", metavar="DAYS", help="days in which an order is credited")
    command("status", _status, "say what is in the store, and how fresh it is")
    importing = command("import", _import, "read events or orders from a file, then roll up; safe to repeat")
    importing.add_argument("file", type=Path)
    importing.add_argument("--format", help="segment, shopify or the name of a ready mapping; else it is recognised")
    importing.add_argument("--mapping", type=Path, metavar="TOML", help="which columns of a table mean what")
    importing.add_argument("--dry-run", action="store_true", help="read and check, store nothing")
    importing.add_argument("--no-rollup", action="store_true", help="store the events, add them up later")
    replaying = command("replay", _replay, "try rejected events again, e.g. after a fix")
    replaying.add_argument("--code", type=_text, help="only those rejected for this reason, e.g. future")
    forgetting = command("forget", _forget, "anonymise a person everywhere; every number stays what it was")
    forgetting.add_argument("user_id", type=_text, metavar="USER_ID", help="the person's userId; merged ids are found")
    keys = command("keys", _keys, "make, list and revoke the keys that may send events")
    keys.add_argument("action", choices=("add", "list", "revoke"))
    keys.add_argument("name", type=_text, nargs="?", help="the key's name, e.g. that of the shop")
    return parser


def _text(argument: str) -> str:
    """An argument that can be looked for in the store: bytes that are no text cannot be there."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("it is not text in UTF-8") from None
    return argument


@contextmanager
def _store(settings: Settings, *, create: bool = False) -> Iterator[SmartShopieDB]:
    """The open store; without `create` one that is missing is an error and is not made."""
    with SmartShopieDB(settings=settings).connect(create=create) as store:
        if store.migration is not None:
            print("An original database was found and brought up to date; a verified copy lies beside it.")
        yield store


@contextmanager
def _unstored(settings: Settings) -> Iterator[SmartShopieDB]:
    """A store to check against: the one there is, else a passing one with these settings, so that none is made."""
    if not is_missing(settings.database_url):
        with _store(settings) as store:
            yield store
        return
    with TemporaryDirectory(prefix="smartshopie-") as folder:
        passing = replace(settings, database_url=sqlite_url(Path(folder) / "store.db"))
        with _store(passing, create=True) as store:
            yield store


# ------------------------------------------------------------------ commands


def _init(_options: argparse.Namespace, settings: Settings) -> int:
    with _store(settings, create=True) as store:
        facts = store.facts
        print(f"The store is ready: {_place(settings)}")
        print(f"Days in {facts.timezone}, money in {facts.currency}, credit within {facts.attribution_days} days.")
    return 0


def _rollup(_options: argparse.Namespace, settings: Settings) -> int:
    with _store(settings) as store, _bar("Rolling up") as progress:
        report = store.rollup(progress)
    _tell_rollup(report)
    return 0


def _rebuild(options: argparse.Namespace, settings: Settings) -> int:
    wanted = {
        "SMARTSHOPIE_TIMEZONE": options.timezone,
        "SMARTSHOPIE_CURRENCY": options.currency,
        "SMARTSHOPIE_ATTRIBUTION_DAYS": options.attribution_days,
    }
    asked = load_settings({name: value for name, value in wanted.items() if value is not None})
    if any(value is not None for value in wanted.values()):
        settings = replace(settings, timezone=None, currency=None, attribution_days=None)  # the store's are to change
    with _store(settings) as store, _bar("Rebuilding") as progress:
        frozen = store.engine.get("frozen_day")
        report = store.rebuild(
            progress, timezone=asked.timezone, currency=asked.currency, attribution_days=asked.attribution_days
        )
    if frozen is not None:
        print(f"The days before {iso_day(int(frozen))} are frozen (their events are gone) and stay as they are.")
    _tell_rollup(report)
    return 0


def _import(options: argparse.Namespace, settings: Settings) -> int:
    from smartshopie_db.importers.run import choose_format, import_file

    choose_format(options.file, options.format, options.mapping)  # before a store is made for nothing
    with _unstored(settings) if options.dry_run else _store(settings, create=True) as store:
        with _bar("Reading") as progress:
            report = import_file(
                store, options.file, format_name=options.format, mapping=options.mapping, dry_run=options.dry_run,
                progress=progress,
            )  # fmt: skip
        _tell_import(report, dry_run=options.dry_run)
        if report.accepted + report.duplicates + report.resumed_after == 0:
            print("error: nothing in the file could be read.", file=sys.stderr)
            return 1
        if not options.dry_run and not options.no_rollup:  # what an interrupted import stored may wait, too
            with _bar("Rolling up") as progress:
                rolled = store.rollup(progress)
            _tell_rollup(rolled)
    return 0


def _replay(options: argparse.Namespace, settings: Settings) -> int:
    from smartshopie_db.replay import replay

    with _store(settings) as store:
        report = replay(store.engine, store.facts, code=options.code, retention_days=settings.retention_days)
    print(f"Rejected events tried again: {report.tried:,}. Stored now: {report.accepted:,}.")
    return 0


def _forget(options: argparse.Namespace, settings: Settings) -> int:
    with _store(settings) as store:
        with _bar("Forgetting") as progress:
            done = store.forget(options.user_id, progress)
        if done is None:
            print(f"error: nobody is known by the userId {options.user_id!r}.", file=sys.stderr)
            return 1
        currency = store.facts.currency
        kept = f"{from_minor(done.revenue_minor, currency):,.{exponent(currency)}f} {currency}"
    print(f"Events of the person, anonymised: {done.events:,}")
    print(f"Events of others that told of it, cleared: {done.texts:,}")
    print(f"Rejected messages that named it, removed: {done.rejected:,}")
    print(f"Its orders, which stay counted: {done.orders:,}, net revenue {kept}")
    return 0


def _keys(options: argparse.Namespace, settings: Settings) -> int:
    from smartshopie_db.keys import add_key, list_keys, revoke_key

    if options.action != "list" and not options.name:
        print("error: give the key's name.", file=sys.stderr)
        return 2
    with _store(settings) as store:
        if options.action == "add":
            print(f"The key {options.name}, shown only this once: {add_key(store.engine, options.name)}")
        elif options.action == "revoke":
            revoke_key(store.engine, options.name)
            print(f"The key {options.name} may not write any more.")
        else:
            zone = ZoneInfo(store.facts.timezone)
            for key in list_keys(store.engine):
                state = "in force" if key.revoked_ms is None else f"revoked {_when(key.revoked_ms, zone)}"
                print(f"{key.name:<24} ...{key.last_four}  made {_when(key.created_ms, zone)}  {state}")
    return 0


def _status(_options: argparse.Namespace, settings: Settings) -> int:
    with _store(settings) as store:
        for label, words in _status_lines(store.engine, store.facts, settings):
            print(f"{label:<14} {words}")
    return 0


def _status_lines(engine: Engine, facts: StoreFacts, settings: Settings) -> Iterator[tuple[str, str]]:
    zone = ZoneInfo(facts.timezone)
    yield "Store", f"{_place(settings)} ({engine.dialect}{f', {facts.contents} data' if facts.contents else ''})"
    yield "Counts", f"days in {facts.timezone}, money in {facts.currency}, credit within {facts.attribution_days} days"
    sources = engine.read(
        "SELECT source, SUM(events), MAX(last_received_ms), MAX(last_occurred_ms) FROM event_sources "
        "GROUP BY source ORDER BY source"
    ).rows
    yield "Events", f"{sum(int(row[1]) for row in sources):,}"
    for source, events, received, occurred in sources:
        newest = f"newest of {_when(occurred, zone)}, last received {_when(received, zone)}"
        yield f"  {source}", f"{int(events):,}, {newest}"
    first, newest_day = engine.get("first_day"), engine.get("newest_day")
    covered = f"{iso_day(int(first))} to {iso_day(int(newest_day))}" if first and newest_day else "none yet"
    frozen = engine.get("frozen_day")
    yield "Days covered", f"{covered}, frozen before {iso_day(int(frozen))}" if frozen else covered
    waiting = int(engine.read("SELECT COUNT(*) FROM touched").rows[0][0])
    waiting += int(engine.read("SELECT COUNT(*) FROM dirty_days").rows[0][0])
    yield "Rollup", f"{waiting:,} things wait: run `python -m smartshopie_db rollup`" if waiting else "up to date"
    rejected = engine.read("SELECT code, SUM(times) FROM rejected_events GROUP BY code ORDER BY code").rows
    yield "Rejected", ", ".join(f"{code} {int(times):,}" for code, times in rejected) or "none"


# ------------------------------------------------------------------ words


def _place(settings: Settings) -> str:
    path = file_of(settings.database_url)
    if path is not None:
        return str(path)
    scheme, rest = settings.database_url.split("://", 1)
    return f"{scheme.split('+')[0]}://{rest.rsplit('@', 1)[-1]}"  # without user and password


def _when(ms: int, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(LocalTime(zone.key).iso(ms)).strftime("%Y-%m-%d %H:%M")


def _tell_rollup(report: "RollupReport") -> None:
    print(f"{report.visitors:,} visitors derived, {report.days:,} days added up in {report.seconds:.1f} s.")


def _tell_import(report: "ImportReport", *, dry_run: bool) -> None:
    verb = "Checked" if dry_run else "Read"
    resumed = f" (after {report.resumed_after:,} read before)" if report.resumed_after else ""
    print(f"{verb} {report.rows:,} rows of {report.path.name}{resumed}: {report.format}, {report.seconds:.1f} s.")
    print(f"  accepted {report.accepted:,}, duplicate {report.duplicates:,}, rejected {report.rejected:,}")
    for code, times in report.reasons.most_common():
        print(f"    {code} {times:,}")
    for currency, times in report.foreign_currencies.most_common():
        print(f"  warning: {times:,} orders in {currency}, another currency than the store's, are left out of money")


@contextmanager
def _bar(words: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error where that is a terminal."""
    with tqdm(desc=words, disable=None, leave=False, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(max(done - bar.n, 0))

        yield progress


if __name__ == "__main__":
    sys.exit(main())
