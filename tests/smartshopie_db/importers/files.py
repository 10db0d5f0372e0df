"""Files to import: messages, a till's table with its mapping, and somebody who stops in the middle."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable
from pathlib import Path

from smartshopie_db.database import SmartShopieDB

MAPPING = """
kind = "order_lines"
name = "till"
identical_rows = "keep"
time_format = "%d.%m.%Y %H:%M"
timezone = "Europe/Berlin"
delimiter = ";"
refund_prefix = "R"

[columns]
order_id = "receipt"
time = "when"
product_id = "article"
quantity = "pieces"
price = "price"
user_id = "card"
"""
TILL = """receipt;when;article;pieces;price;card
1;01.03.2026 10:00;soap;2;3.50;k1
1;01.03.2026 10:00;soap;2;3.50;k1
2;01.03.2026 11:00;comb;1;4.00;
1;01.03.2026 10:00;oil;1;9.00;k1
3;02.03.2026 09:00;oil;0;9.00;k2
R9;02.03.2026 10:00;oil;-1;9.00;k1
4;soon;oil;1;9.00;k2
5;02.03.2026 12:00;oil;1;-9.00;k2
"""

SHOPIFY = """Name,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem name,Lineitem price
#1,paid,EUR,10.00,0,0,10.00,2026-03-01 10:00:00 +0000,soap,10.00
#2,paid,EUR,ODD,0,0,10.00,2026-03-01 10:00:00 +0000,soap,10.00
#3,paid,EUR,10.00,0,ODD,10.00,2026-03-01 10:00:00 +0000,soap,10.00
#4,paid,EUR,10.00,0,0,10.00,2026-03-01 10:00:00 +0000,soap,ODD
"""


def messages(count: int) -> list[dict[str, object]]:
    return [
        {"type": "track", "event": "Product Viewed", "messageId": f"m{number}", "anonymousId": f"a{number % 7}",
         "timestamp": f"2026-03-{1 + number % 28:02}T10:00:00Z", "properties": {"product_id": f"p{number % 5}"}}
        for number in range(count)
    ]  # fmt: skip


def ndjson(path: Path, events: list[dict[str, object]]) -> Path:
    content = "".join(json.dumps(event) + "\n" for event in events).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def power_cut(at: int) -> Callable[..., None]:
    """Interrupts whoever calls it for the so-many-th time."""
    calls = itertools.count(1)

    def call(*_: object) -> None:
        if next(calls) == at:
            raise KeyboardInterrupt

    return call


def till(tmp_path: Path, mapping: str = MAPPING) -> tuple[Path, Path]:
    (tmp_path / "till.csv").write_text(TILL)
    (tmp_path / "till.toml").write_text(mapping)
    return tmp_path / "till.csv", tmp_path / "till.toml"


def count(db: SmartShopieDB, where: str = "1 = 1") -> int:
    return int(db.engine.read(f"SELECT COUNT(*) FROM events WHERE {where}").rows[0][0])
