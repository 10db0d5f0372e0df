"""Write keys: who may send events. A key is shown once; the store keeps a hash and the last four characters."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from smartshopie_db import clock
from smartshopie_db.engine import Engine
from smartshopie_db.errors import StoreError

PREFIX = "ssw_"
SETTING_NAME = "SMARTSHOPIE_WRITE_KEY"


class KeyNameError(StoreError, ValueError):
    """A write key's name is taken or unknown; one sentence."""


@dataclass(frozen=True, slots=True)
class WriteKey:
    """A key as it can be shown: never the key itself."""

    name: str
    last_four: str
    created_ms: int
    revoked_ms: int | None


def add_key(engine: Engine, name: str) -> str:
    """Make a key and return it, this once. KeyNameError when the name is taken, or no line of text."""
    if not name.strip() or len(name) > 60:
        raise KeyNameError("A write key needs a name of 1 to 60 characters.")
    if not name.isprintable():  # it stands in one line of a list
        raise KeyNameError("A write key's name cannot have line breaks or other characters that cannot be seen.")
    key = PREFIX + secrets.token_urlsafe(24)
    with engine.write() as transaction:
        if transaction.read("SELECT 1 FROM write_keys WHERE name = :name", {"name": name}).rows:
            raise KeyNameError(f"There is a write key named {name!r} already; revoke it or choose another name.")
        columns = ("name", "key_hash", "last_four", "created_ms", "revoked_ms")
        transaction.append("write_keys", columns, [(name, key_hash(key), key[-4:], clock.now_ms(), None)])
    return key


def list_keys(engine: Engine) -> list[WriteKey]:
    """Every key, the revoked ones too, by name."""
    found = engine.read("SELECT name, last_four, created_ms, revoked_ms FROM write_keys ORDER BY name")
    return [WriteKey(*row) for row in found.rows]


def revoke_key(engine: Engine, name: str) -> None:
    """Take a key's right to write. KeyNameError when no such key is in force."""
    with engine.write() as transaction:
        changed = transaction.execute(
            "UPDATE write_keys SET revoked_ms = :now WHERE name = :name AND revoked_ms IS NULL",
            {"now": clock.now_ms(), "name": name},
        )
    if not changed:
        raise KeyNameError(f"There is no write key named {name!r} in force.")


def key_hash(key: str) -> str:
    """The hash a key is recognised by. Keys are long random texts, so one fast hash is enough."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def find_key(engine: Engine, key: str, setting: str | None) -> str | None:
    """Return the name of the key in force that this is (the setting included), None when it is none."""
    given = key_hash(key)
    found = None
    if setting is not None and hmac.compare_digest(given, key_hash(setting)):
        found = SETTING_NAME
    for name, stored in engine.read("SELECT name, key_hash FROM write_keys WHERE revoked_ms IS NULL").rows:
        if hmac.compare_digest(given, stored):
            found = str(name)
    return found
