"""Bodies that a sender might send by mistake or on purpose. Body number n is the same in every run."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from tests.streams.shopping import stream

Message = dict[str, Any]

HUGE = "@huge:{}@"  # stands for a number of so many digits, which Python's json would refuse to write
DEEP = "@deep:{}@"  # stands for so many lists in each other, which it could not
DEEPEST_ANYONE_READS = 900  # lists in each other; what is deeper may be refused as no JSON
DIGITS = (19, 20, 310, 4_000, 5_000, 20_000)
TEXTS = (
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\ufeff", "é" * 300, "x" * 101, "x" * 40_000, "null", "NaN",
    "-1", "1e400", "1e-999999", "-1e-400", "0x10", "١٢", "1,5", "12.345.678", "9" * 30, "2026-13-45", "1970-01-01",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-29T02:30:00+99:00", "2026-W01-1", "20260301T101112",
    "'; DROP TABLE events; --", "<script>alert(1)</script>", "=1+1", "../../etc/passwd", "\u202etxt", "JPY", "kwd",
    "EURO", "user0", "o1", "c1", "p1", "phone0",
)  # fmt: skip
NUMBERS = (
    0, -0.0, -1, 1, 0.1, 1e-320, 1e308, -1e308, float("nan"), float("inf"), float("-inf"), 2**31, 2**53 + 1, 2**63 - 1,
    2**63, -(2**63) - 1, 2**64, 10**40, 10**400, 1_700_000_000, 1_700_000_000_000, 4_000_000_000_000, 253_402_300_799,
    999_999_999_999, 10**12, 0.005, 33.335,
)  # fmt: skip
KEYS = (
    "messageId", "type", "event", "userId", "anonymousId", "timestamp", "originalTimestamp", "sentAt", "receivedAt",
    "properties", "context", "traits", "previousId", "groupId", "integrations", "writeKey", "products", "revenue",
    "order_id", "currency", "conversationId", "price", "quantity", "rating", "feature", "sessionId", "__proto__", "",
    "\x00", "\ud800",
)  # fmt: skip
SINGLE_ROUTES = ("track", "identify", "page", "screen", "group", "alias", "t", "i", "p", "s", "g", "a")


@dataclass(frozen=True)
class Sent:
    """One request. `events`: so many the answer must account for; None: it may be refused as a whole."""

    kind: str
    body: bytes
    path: str = "/v1/batch"
    headers: dict[str, str] = field(default_factory=dict)
    events: int | None = None
    good: int = 0  # of these, events that are certainly right and new


def sent(number: int, seed: int = 1) -> Sent:
    """Body `number`: every second one a valid message with one field mutated."""
    random = Random(seed * 1_000_003 + number)  # noqa: S311 - the same in every run, on purpose
    if number % 2 == 0:
        return _mutated(random, number)
    return random.choices(*_others())[0](random, number)


@cache
def _others() -> tuple[list[Callable[[Random, int], Sent]], list[float]]:
    weighed = {
        _random_json: 30, _random_batch: 20, _mixed_batch: 12, _deep: 8, _torn: 8, _torn_gzip: 8, _packed: 6,
        _noise: 4, _odd_encoding: 3, _large: 0.15, _bomb: 0.05,
    }  # fmt: skip
    return list(weighed), list(weighed.values())


@cache
def valid_messages() -> list[Message]:
    """Messages of a shop and its assistant, of all six types."""
    found: list[Message] = []
    for seed in range(6):
        found += stream(Random(seed), visitors=6, visits=4, troubles=(1, 3))  # noqa: S311
    assert {message["type"] for message in found} == {"track", "identify", "page", "screen", "group", "alias"}
    return found


def anything(random: Random, depth: int = 0) -> Any:
    """A random JSON value, and what is almost JSON: NaN, Infinity, lone surrogates, huge numbers."""
    kind = random.randrange(9 if depth < 4 else 6)
    if kind == 0:
        return random.choice((None, True, False))
    if kind in (1, 2):
        return random.choice(TEXTS)
    if kind in (3, 4):
        return random.choice(NUMBERS)
    if kind == 5:
        return HUGE.format(random.choice(DIGITS)) if random.random() < 0.1 else random.random()
    if kind == 6:
        return [anything(random, depth + 1) for _ in range(random.randrange(5))]
    return {random.choice(KEYS): anything(random, depth + 1) for _ in range(random.randrange(6))}


def written(value: Any) -> bytes:
    """The value as JSON, with NaN and Infinity as the Python clients write them."""
    text = json.dumps(value)
    if "@" in text:
        for digits in DIGITS:
            text = text.replace(f'"{HUGE.format(digits)}"', "7" * digits)
        for levels in (100, 300, DEEPEST_ANYONE_READS, 5_000):
            text = text.replace(f'"{DEEP.format(levels)}"', "[" * levels + "]" * levels)
    return text.encode()


# ------------------------------------------------------------------ valid messages, one field mutated


def _mutated(random: Random, number: int) -> Sent:
    message = _fresh(random, number)
    _mutate(random, message)
    if random.random() < 0.5:
        return Sent("mutated", written({"batch": [message]}), events=1)
    return Sent("mutated", written(message), f"/v1/{random.choice(SINGLE_ROUTES)}", events=1)


def _fresh(random: Random, number: int) -> Message:
    message: Message = json.loads(json.dumps(random.choice(valid_messages())))
    if random.random() < 0.95:  # a few are sent again
        message["messageId"] = f"fuzz-{number}"
    return message


def _mutate(random: Random, message: Message) -> None:
    """Change one field, anywhere in the message: another value, another place, or gone."""
    holder: Any = message
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = random.choice(keys) if keys else None
        inner = holder[key] if key is not None else None
        if key is None or not isinstance(inner, (dict, list)) or not inner or random.random() < 0.3:
            break
        holder = inner
    how = random.randrange(10)
    value = anything(random)
    if how == 0:
        value = DEEP.format(random.choice((100, 300, DEEPEST_ANYONE_READS - 200)))
    if key is None or how == 1:  # something more
        holder.append(value) if isinstance(holder, list) else holder.__setitem__(random.choice(KEYS), value)
    elif how == 2:
        del holder[key]
    elif how == 3:
        holder[key] = [holder[key]]
    elif how == 4:
        holder[key] = {random.choice(KEYS): holder[key]}
    elif how == 5:
        holder[key] = str(holder[key])
    else:
        holder[key] = value


# ------------------------------------------------------------------ everything else


def _random_json(random: Random, _: int) -> Sent:
    return Sent("random JSON", written(anything(random)), f"/v1/{random.choice((*SINGLE_ROUTES, 'batch', 'import'))}")


def _random_batch(random: Random, _: int) -> Sent:
    messages = [anything(random, 1) for _ in range(random.randrange(6))]
    around = {"batch": messages, "sentAt": anything(random, 2), "context": anything(random, 2)}
    return Sent("random batch", written(around), events=len(messages))


def _mixed_batch(random: Random, number: int) -> Sent:
    """Good events around bad ones: the good ones are taken."""
    good = random.randint(1, 3)
    messages: list[Message] = [
        {"type": "page", "messageId": f"good-{number}-{place}", "anonymousId": f"a{number % 50}"}
        for place in range(good)
    ]
    bad = _fresh(random, number)
    _mutate(random, bad)
    messages.insert(random.randint(0, good), bad)
    return Sent("good beside bad", written({"batch": messages}), events=good + 1, good=good)


def _deep(random: Random, number: int) -> Sent:
    levels = random.choice((100, 300, DEEPEST_ANYONE_READS, 5_000))
    properties = {"x": DEEP.format(levels)}
    message = {"type": "track", "event": "Nested", "messageId": f"deep-{number}", "properties": properties}
    if random.random() < 0.2:
        return Sent("deep nesting", b'{"a":' * levels)
    return Sent("deep nesting", written({"batch": [message]}), events=1 if levels < DEEPEST_ANYONE_READS else None)


def _torn(random: Random, number: int) -> Sent:
    whole = written({"batch": [_fresh(random, number)]})
    return Sent("torn JSON", whole[: random.randrange(len(whole))])


def _torn_gzip(random: Random, number: int) -> Sent:
    whole = gzip.compress(written({"batch": [_fresh(random, number)]}), 1)
    torn = bytearray(whole[: random.randrange(2, len(whole))])
    if random.random() < 0.3:
        torn[random.randrange(2, len(torn)) if len(torn) > 2 else 1] ^= 1 << random.randrange(8)
    return Sent("torn gzip", bytes(torn), headers={"Content-Encoding": "gzip"})


def _packed(random: Random, number: int) -> Sent:
    message = _fresh(random, number)
    _mutate(random, message)
    headers = {"Content-Encoding": random.choice(("gzip", "GZIP", ""))}
    return Sent("gzip", gzip.compress(written({"batch": [message]}), 1), headers=headers, events=1)


def _noise(random: Random, _: int) -> Sent:
    return Sent("noise", random.randbytes(random.randrange(400)))


def _odd_encoding(random: Random, number: int) -> Sent:
    whole = json.dumps({"batch": [_fresh(random, number)]})
    coding = random.choice(("utf-8-sig", "utf-16", "utf-32", "latin-1", "deflate", "br"))
    if coding in ("deflate", "br"):
        return Sent("odd encoding", zlib.compress(whole.encode()), headers={"Content-Encoding": coding})
    headers = {"Content-Type": f"text/plain; charset={coding}"}
    return Sent("odd encoding", whole.encode(coding, "replace"), headers=headers)


def _large(random: Random, number: int) -> Sent:
    """Near the limits: megabytes of text, of digits, of empty lists, of messages."""
    how = random.randrange(4)
    if how == 0:
        return Sent("large", written({"batch": [{"type": "page", "properties": {"t": "x" * 3_000_000}}]}), events=1)
    if how == 1:
        return Sent("large", b'{"batch": [' + b"7" * 4_000_000 + b"]}")
    if how == 2:
        lists = b'{"batch": [{"type": "page", "properties": {"l": [' + b"[]," * 1_300_000 + b"0]}}]}"
        return Sent("large", lists, events=1)
    many = [{"type": "page", "messageId": f"many-{number}-{place}"} for place in range(2_400)]
    return Sent("large", written({"batch": many}), events=2_400, good=2_400)


def _bomb(random: Random, _: int) -> Sent:
    plain = b'{"batch": [' + b" " * random.choice((5_000_000, 50_000_000)) + b"]}"
    return Sent("gzip bomb", gzip.compress(plain, 1), headers={"Content-Encoding": "gzip"})
