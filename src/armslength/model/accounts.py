"""Names of books, accounts and units: one place, so that opening, executing, statements and checks agree.

Title, custody, the right of use and a delivery slot are counted in units of their own, so that no event can balance one
with another. In a private book the owner is implied; a lot is the last part of a path. A device that is followed by its
serial number is a lot of one, `sn:NUMBER`.

| account | holds |
| --- | --- |
| `slot/LOT` | places in a vendor's queue: a SKU, an order line, a delivery window |
| `title/LOT` | what the owner of the book owns |
| `custody/PLACE/STAGE/LOT` | what stands where, and how far it has come |
| `use/ORGANISATION/LOT` | who may use it |
| `money/CURRENCY`, `people/KIND`, `data/WHAT`, `equity/ORGANISATION` | what their names say |
| `due_from/ORGANISATION/AGREEMENT/UNIT` | what another organisation owes; mirrored by its `due_to` |
| `given/ORGANISATION/AGREEMENT/UNIT` | what went to another for good; mirrored by its `received` |
| `exchange/AGREEMENT/UNIT` | one unit against another, where an agreement exchanges or closes out |
| `metered/ORGANISATION/LOT`, `unmetered/ORGANISATION/LOT` | time used, and time idle that is charged to it |
| `external/WHO/UNIT` | the outside: every unit in circulation has its counter-entry there |
"""

import re
from typing import Literal

from armslength.errors import Problem
from armslength.model.book import ID, Account, Limit

Stage = Literal["ordered", "in_transit", "stored", "installed", "energised", "retired"]
STAGES: tuple[Stage, ...] = ("ordered", "in_transit", "stored", "installed", "energised", "retired")

# Begins the id of a lot that is one device, known by its serial number.
SERIAL = "sn:"
# What cannot be given away without being held. Everything else may stand on either side.
HELD_TREES = frozenset({"slot", "title", "custody", "use"})
# Each tree with the one that mirrors it in the other organisation's book.
MIRRORS = {"due_from": "due_to", "due_to": "due_from", "given": "received", "received": "given"}

MICRO_SHARES = 1_000_000  # of the whole of an organisation's equity
VENDOR = "vendor"
LONGEST_ID = 34  # three of them and what stands between them fit the id of an account or event


def private_book(organisation: str) -> str:
    """Returns the id of an organisation's own book.

    >>> private_book("north")
    'private/north'
    """
    return f"private/{organisation}"


def agreement_book(agreement: str) -> str:
    """Returns the id of the book that the parties of an agreement share."""
    return f"agreement/{agreement}"


def slot_unit(sku: str) -> str:
    """Returns the unit of delivery slots."""
    return f"SLOT:{sku}"


def title_unit(sku: str) -> str:
    """Returns the unit of title."""
    return f"TITLE:{sku}"


def device_unit(sku: str) -> str:
    """Returns the unit of accelerators as things that stand somewhere: custody."""
    return f"GPU:{sku}"


def use_unit(sku: str) -> str:
    """Returns the unit of the right to use an accelerator."""
    return f"USE:{sku}"


def time_unit(sku: str) -> str:
    """Returns the unit of metered time, GPU-seconds."""
    return f"GPU-s:{sku}"


def money_unit(currency: str) -> str:
    """Returns the unit of money: hundredths of a currency.

    >>> money_unit("USD")
    'USD/2'
    """
    return f"{currency}/2"


def slot(lot: str) -> str:
    """Returns the account of a lot's delivery slots."""
    return f"slot/{lot}"


def title(lot: str) -> str:
    """Returns the account of the title to a lot."""
    return f"title/{lot}"


def custody(place: str, stage: Stage, lot: str) -> str:
    """Returns the account of a lot's units at a place in a stage; the vendor is the place before receipt."""
    return f"custody/{place}/{stage}/{lot}"


def use(organisation: str, lot: str) -> str:
    """Returns the account of an organisation's right to use a lot."""
    return f"use/{organisation}/{lot}"


def money(currency: str) -> str:
    """Returns the account of money."""
    return f"money/{currency}"


def due_from(organisation: str, agreement: str, unit: str) -> str:
    """Returns the account of what ``organisation`` owes the owner of the book.

    >>> due_from("south", "swap-1", "SLOT:h100")
    'due_from/south/swap-1/SLOT:h100'
    """
    return f"due_from/{organisation}/{agreement}/{_in_path(unit)}"


def due_to(organisation: str, agreement: str, unit: str) -> str:
    """Returns the account of what the owner of the book owes ``organisation``."""
    return f"due_to/{organisation}/{agreement}/{_in_path(unit)}"


def given(organisation: str, agreement: str, unit: str) -> str:
    """Returns the account of what went to ``organisation`` for good."""
    return f"given/{organisation}/{agreement}/{_in_path(unit)}"


def received(organisation: str, agreement: str, unit: str) -> str:
    """Returns the account of what came from ``organisation`` for good."""
    return f"received/{organisation}/{agreement}/{_in_path(unit)}"


def metered(user: str, lot: str) -> str:
    """Returns the account of time in which an organisation used a lot."""
    return f"metered/{user}/{lot}"


def unmetered(charged_to: str, lot: str) -> str:
    """Returns the account of a lot's idle time that is charged to an organisation."""
    return f"unmetered/{charged_to}/{lot}"


def exchange(agreement: str, unit: str) -> str:
    """Returns the account on which one unit stands against another that an agreement exchanges it for."""
    return f"exchange/{agreement}/{_in_path(unit)}"


def external(who: str, unit: str) -> str:
    """Returns the account of the outside for a unit: ``vendor``, ``market``, ``scrap``, ``opening``.

    >>> external("market", "USD/2")
    'external/market/USD'
    """
    return f"external/{who}/{_in_path(unit)}"


def account(name: str, unit: str) -> Account:
    """Returns the account of a name with the limit that its tree asks for."""
    limit: Limit = "credits_must_not_exceed_debits" if tree(name) in HELD_TREES else "none"
    return Account(id=name, unit=unit, limit=limit)


def tree(name: str) -> str:
    """Returns the first part of an account's path."""
    return name.partition("/")[0]


def serial(name: str) -> str | None:
    """Returns the serial number of the one device whose account it is, or None for any other account.

    >>> serial("custody/hall-1/energised/sn:1652922004321")
    '1652922004321'
    """
    lot = name.rpartition("/")[2]
    return lot.removeprefix(SERIAL) if lot.startswith(SERIAL) else None


def counterparty(name: str) -> str | None:
    """Returns the other organisation of a mirrored account, or None for an account without one.

    >>> counterparty("due_from/south/swap-1/SLOT:h100")
    'south'
    """
    parts = name.split("/")
    return parts[1] if parts[0] in MIRRORS and len(parts) > 1 else None


def unfit(place: str, name: str) -> Problem | None:
    """Returns what is wrong with an id of a case that is to stand in the path of an account, or None."""
    if re.fullmatch(ID, name) and "/" not in name and len(name) <= LONGEST_ID:
        return None
    hint = f"use letters, digits, - _ . : @ +, beginning with a letter or digit, at most {LONGEST_ID}"
    return Problem(place, f"the id `{name}` cannot stand in the name of an account", hint)


def _in_path(unit: str) -> str:
    """A unit as the part of a path: what follows a slash says how its amounts are counted, not what they are."""
    return unit.partition("/")[0]
