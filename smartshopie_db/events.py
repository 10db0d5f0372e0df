"""The events that are accepted, their fields, how they are checked. Pure: a message in, an event or a refusal out.

Messages are Segment's (track, identify, page, screen, group, alias) as analytics.js, the server libraries and
RudderStack send them: explicit nulls, NaN and Infinity count as missing, numbers may come as text, ids as numbers.
Unknown events and unknown properties are kept and not counted.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import orjson

from smartshopie_db.clock import DAY_MS, LocalTime, moment_of
from smartshopie_db.engine import storable
from smartshopie_db.properties import MAX_LABEL, Refused, check_amounts, shown, tidy_properties
from smartshopie_db.properties import number as number
from smartshopie_db.properties import text as text

TYPES: Final = frozenset({"track", "identify", "page", "screen", "group", "alias"})
PARTICIPATING_TYPES: Final = frozenset({"track", "page", "screen"})  # only these open a session or keep one open

# Names of Segment's first e-commerce specification; stored under the name of the second.
FIRST_VERSION: Final = {
    "Viewed Product Category": "Product List Viewed",
    "Clicked Product": "Product Clicked",
    "Viewed Product": "Product Viewed",
    "Added Product": "Product Added",
    "Removed Product": "Product Removed",
    "Started Order": "Checkout Started",
    "Completed Order": "Order Completed",
}

# Track events that neither open a session nor keep one open (docs/definitions.md, Sessions).
PASSIVE: Final = frozenset({
    "Order Refunded", "Order Cancelled", "Order Updated", "Invoice Paid", "Prediction Reviewed", "Message Received",
    "Conversation Ended", "Conversation Resolved", "Conversation Handed Off", "Concern Detected",
    "Recommendation Shown", "Product Requested",
})  # fmt: skip
ORDER_EVENTS: Final = frozenset({"Order Completed", "Order Updated", "Order Refunded", "Order Cancelled"})

MAX_EVENT_BYTES: Final = 32 * 1024
MAX_MESSAGE_ID: Final = 100
MAX_ID: Final = 255  # characters; two ids and a moment fit into one index entry of PostgreSQL
MAX_DEPTH: Final = 50
EARLIEST_MS: Final = 631_152_000_000  # 1990: a clock that shows less was never set, and would open decades of days

@dataclass(slots=True)
class Event:
    """One accepted message, canonical. `body` holds properties, traits and context; `json` is the same as text."""

    message_id: str
    type: str
    event: str | None
    occurred_ms: int
    received_ms: int
    day: int
    user_id: str | None
    anonymous_id: str | None
    client_session_id: str | None
    conversation_id: str | None
    order_id: str | None
    source: str
    body: dict[str, Any]
    json: str
    previous_id: str | None = None  # of an alias

    @property
    def visitor_id(self) -> str:
        """Who it is as far as the message itself tells; derivation knows more."""
        if self.user_id is not None:
            return f"u:{self.user_id}"
        return f"a:{self.anonymous_id}" if self.anonymous_id is not None else f"g:{self.message_id}"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a message cannot be accepted: a code for programs, a sentence for people."""

    code: str
    message: str
    message_id: str | None
    json: str  # the message as it came, cut where it is longer than an event may be


@dataclass(frozen=True, slots=True)
class Reading:
    """How messages are read: when and from where they came.

    corrected: over HTTP, times are corrected by the sender's clock; else only where a message says when it was
    received. oldest_day: events of days before it are refused. max_event_bytes: how long one may be, written as JSON.
    """

    received_ms: int
    source: str
    local: LocalTime
    corrected: bool = False
    oldest_day: int | None = None
    max_event_bytes: int = MAX_EVENT_BYTES


def normalise(message: object, reading: Reading) -> Event | Rejection:
    """Check one message and give it its canonical form. Never raises for bad input."""
    written = _written(message)
    if written is None or b"\\u0000" in written:  # what JSON or a store cannot hold as it is
        message = _plain(message)
        written = orjson.dumps(message)
    try:
        return _event(message, len(written), reading)
    except Refused as refused:
        given = text(message.get("messageId")) if isinstance(message, dict) else None
        shown = written[: reading.max_event_bytes].decode(errors="ignore")
        return Rejection(refused.code, str(refused), given and given[:MAX_MESSAGE_ID], shown)


def _written(message: object) -> bytes | None:
    try:
        return orjson.dumps(message, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError:
        return None


def _event(message: object, size: int, reading: Reading) -> Event:
    if size > reading.max_event_bytes:
        raise Refused("too_large", f"The event has {size} bytes; at most {reading.max_event_bytes} are taken.")
    if not isinstance(message, dict):
        raise Refused("not_an_object", "An event is a JSON object.")
    kind = message.get("type")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise Refused("unknown_type", f"The type is {shown(kind)}, but must be one of {', '.join(sorted(TYPES))}.")
    kind = kind.lower()
    given = _object(message.get("properties"))
    context = _object(message.get("context"))
    name = None
    if kind == "track":
        name = _event_name(message)
        given = tidy_properties(given, first_version=name in FIRST_VERSION)
        name = FIRST_VERSION.get(name, name)
        check_amounts(name, given, is_order=name in ORDER_EVENTS)
    event = Event(
        message_id=_message_id(message),
        type=kind,
        event=name,
        occurred_ms=_occurred(message, reading),
        received_ms=reading.received_ms,
        day=0,
        user_id=_id(message.get("userId"), "userId"),
        anonymous_id=_id(message.get("anonymousId"), "anonymousId"),
        client_session_id=_id(context.get("sessionId"), "sessionId") or _id(given.get("session_id"), "session_id"),
        conversation_id=_id(given.get("conversationId"), "conversationId"),
        order_id=_id(given.get("order_id"), "order_id"),
        source=reading.source,
        body={},
        json="",
    )
    if kind == "alias":
        _read_alias(event, message)
    if name == "Conversation Started" and event.conversation_id is None:
        raise Refused("missing_conversation", "Conversation Started needs properties.conversationId.")
    if name in ORDER_EVENTS and event.order_id is None:
        raise Refused("missing_order", f"{name} needs properties.order_id.")
    event.day = reading.local.day(event.occurred_ms)
    event.body = _body(kind, message, given, context)
    event.json = orjson.dumps(event.body).decode()
    return event


def _event_name(message: dict[str, Any]) -> str:
    name = text(message.get("event"))
    if name is None:
        raise Refused("missing_event", "A track message needs the name of its event.")
    return name[:MAX_LABEL]


def _message_id(message: dict[str, Any]) -> str:
    """The sender's messageId, else a hash of all it said except when it was sent and received."""
    given = text(message.get("messageId"))
    if given is None:
        said = {key: value for key, value in message.items() if key not in ("sentAt", "receivedAt")}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    if len(given) > MAX_MESSAGE_ID:
        raise Refused("invalid_message_id", f"The messageId has {len(given)} characters; at most 100 are taken.")
    return given


def _read_alias(event: Event, message: dict[str, Any]) -> None:
    event.previous_id = _id(message.get("previousId"), "previousId") or event.anonymous_id
    if event.user_id is None or event.previous_id is None:
        raise Refused("missing_alias", "An alias needs userId and previousId.")


def _body(kind: str, message: dict[str, Any], given: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """What is stored beside the columns; empty parts are left out."""
    body: dict[str, Any] = {}
    if given:
        body["properties"] = given
    traits = _object(message.get("traits"))
    if not traits and "traits" in context:  # RudderStack's libraries put them there
        traits = _object(context["traits"])
        context = {key: value for key, value in context.items() if key != "traits"}
    if traits:
        body["traits"] = traits
    if context:
        body["context"] = context
    if kind not in ("track", "identify"):
        for key in ("name", "category", "groupId", "previousId"):
            if message.get(key) is not None:
                body[key] = message[key]
    return body


# ------------------------------------------------------------------ time


def _occurred(message: dict[str, Any], reading: Reading) -> int:
    """When it happened: timestamp, else originalTimestamp, else its receipt, corrected by the sender's clock."""
    said = message.get("timestamp") or None
    original = message.get("originalTimestamp") or None
    received: int | None = reading.received_ms if reading.corrected else moment(message.get("receivedAt"))
    if said is None and original is None:
        occurred = reading.received_ms if received is None else received
    else:
        stated = moment(said if said is not None else original)
        if stated is None:
            raise Refused("invalid_timestamp", f"The time {shown(said or original)} is no ISO 8601 date and time.")
        occurred = stated
        sent = moment(message.get("sentAt"))
        # A file with both times comes from a collector that has corrected `timestamp` already.
        settled = not reading.corrected and said is not None and original is not None
        if sent is not None and received is not None and not settled:
            occurred += received - sent
    if occurred < EARLIEST_MS:
        raise Refused("invalid_timestamp", f"The time {shown(said or original)} is before 1990: a clock is not set.")
    if occurred > reading.received_ms + DAY_MS:
        raise Refused("future", f"The time {shown(said or original)} is more than a day in the future.")
    if reading.oldest_day is not None and reading.local.day(occurred) < reading.oldest_day:
        raise Refused("before_retention", f"The time {shown(said or original)} is older than events are kept.")
    return occurred


def moment(value: object) -> int | None:
    """Milliseconds of an ISO 8601 text (UTC where it names no offset) or of a Unix time; None where it is neither."""
    if isinstance(value, str):
        try:
            when = datetime.fromisoformat(value)
            return moment_of(when if when.tzinfo is not None else when.replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            return None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        if EARLIEST_MS <= value < 100 * EARLIEST_MS:
            return int(value)
        if EARLIEST_MS <= value * 1000 < 100 * EARLIEST_MS:
            return int(value * 1000)
    return None


# ------------------------------------------------------------------ what is written


def _id(value: object, name: str) -> str | None:
    if value is None:
        return None
    found = text(value)
    if found is not None and len(found) > MAX_ID:
        raise Refused("invalid_id", f"The {name} has {len(found)} characters; at most {MAX_ID} are taken.")
    return found


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _plain(value: object, depth: int = 0) -> Any:
    """The value as JSON can hold it and a store can keep it; what is nested too deeply is left out."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**63 else str(value) if value.bit_length() < 10_000 else None
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if depth < MAX_DEPTH:
        if isinstance(value, Mapping):
            return {storable(str(key)): _plain(item, depth + 1) for key, item in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [_plain(item, depth + 1) for item in value]
        if isinstance(value, (date, datetime)):
            return value.isoformat()
        if hasattr(value, "item") and not isinstance(value, Decimal):  # a number of numpy
            return _plain(value.item(), depth + 1)
        return storable(str(value))
    return None
