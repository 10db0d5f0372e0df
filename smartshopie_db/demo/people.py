"""Names, ids and devices of the invented shoppers, all functions of the shopper's key."""

from typing import Final

from smartshopie_db.demo.message import uuid
from smartshopie_db.demo.shoppers import LOGS_IN, Visit

_FIRST: Final = (
    "Anna", "Lena", "Marie", "Sofia", "Clara", "Emma", "Nora", "Ida", "Julia", "Laura", "Hannah", "Elena", "Marta",
    "Lucia", "Chloé", "Camille", "Inès", "Manon", "Freya", "Astrid", "Ingrid", "Saga", "Zofia", "Magda", "Petra",
    "Ivana", "Aoife", "Niamh", "Grace", "Olivia", "Amara", "Zainab", "Leyla", "Yasmin", "Mei", "Yuki", "Priya",
    "Ananya", "Thandi", "Isabel", "Tom", "Jonas", "Luca", "Felix", "Noah", "Elias", "Mateo", "Hugo", "Oscar",
    "Daniel", "Samuel", "Karim", "Wei", "Arjun",
)  # fmt: skip
_LAST: Final = (
    "Fischer", "Weber", "Wagner", "Becker", "Hoffmann", "Keller", "Brandt", "Lorenz", "Rossi", "Bianchi", "Romano",
    "Conti", "Moreau", "Lefèvre", "Garnier", "Rousseau", "Petit", "Jansen", "de Vries", "Bakker", "Visser",
    "Nilsson", "Berg", "Lund", "Hansen", "Dahl", "Virtanen", "Korhonen", "Kowalska", "Nowak", "Novák", "Horvat",
    "Murphy", "Walsh", "Byrne", "Taylor", "Hughes", "Clarke", "Okafor", "Mensah", "Demir", "Yilmaz", "Haddad",
    "Chen", "Tanaka", "Sharma", "Patel", "Silva", "Costa", "García", "Navarro", "Ortega",
)  # fmt: skip
_SKIN: Final = ("dry", "oily", "combination", "sensitive", "normal")
_SOCIAL_ONE_IN: Final = 900  # accounts first opened through a social login, later merged by alias
_TABLET_ONE_IN: Final = 120  # logins that happen at one of the shop's two tablets
_TABLETS: Final = tuple(uuid("tablet", place) for place in ("front", "back"))


def name(shopper: int) -> str:
    """A full name."""
    return f"{_FIRST[shopper % len(_FIRST)]} {_LAST[(shopper >> 16) % len(_LAST)]}"


def skin_type(shopper: int) -> str:
    """A trait."""
    return _SKIN[(shopper >> 32) % len(_SKIN)]


def user_id(shopper: int) -> str:
    """The account's id."""
    return f"usr_{shopper:016x}"


def social_id(shopper: int) -> str | None:
    """The id of the few accounts that were first opened through a social login."""
    return f"social_{shopper >> 8:014x}" if shopper % _SOCIAL_ONE_IN == 7 else None


def anonymous_id(visit: Visit) -> str:
    """The browser's id: one per shopper and device; logins at a tablet of the shop carry the tablet's."""
    if visit.account == LOGS_IN and visit.key % _TABLET_ONE_IN == 0:
        return _TABLETS[visit.key // _TABLET_ONE_IN % len(_TABLETS)]
    return uuid("device", visit.shopper, visit.device)
