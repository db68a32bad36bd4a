"""The top of a case on a sheet of keys and values: scalars by name, horizon and sharing by dotted keys."""

from collections.abc import Iterable
from typing import Any

from armslength.connectors.cells import read_native, reader_of
from armslength.connectors.columns import unknown_name
from armslength.connectors.drafts import Draft, Row
from armslength.connectors.flaws import Flaw
from armslength.connectors.places import KeyPlace
from armslength.connectors.shapes import Slot, nouns_of_tables, slots_of
from armslength.connectors.tables import NumberedRow, is_blank
from armslength.errors import Problem
from armslength.model.case import Case

KEY_COLUMNS = ("key", "value", "meaning")
# Its values are lists of lists: each group stands in a row of its own under the same key.
REPEATED_KEY = "sharing.groups"


def keys_of_case() -> dict[str, Slot]:
    """Returns the fields of a case that stand on its sheet of keys, by dotted key."""
    tables = nouns_of_tables()
    found: dict[str, Slot] = {}
    for name, slot in slots_of(Case).items():
        if name in tables:
            continue
        if slot.shape.noun is None:
            found[name] = slot
        else:
            found |= {f"{name}.{inner.name}": inner for inner in slots_of(slot.shape.noun).values()}
    groups = found[REPEATED_KEY]
    assert groups.shape.item is not None
    found[REPEATED_KEY] = Slot(groups.name, groups.shape.item, False, (), groups.description)
    return found


def read_keys(draft: Draft, where: str, rows: Iterable[NumberedRow]) -> None:
    """Reads the sheet of keys and values into the top of a draft."""
    keys = keys_of_case()
    numbers: dict[str, int] = {}
    top = Row(KeyPlace(where, numbers))
    draft.top = top
    for position, (number, cells) in enumerate(rows):
        key, value = ((cells[at] if at < len(cells) else None) for at in (0, 1))
        name = "" if is_blank(key) else str(key).strip()
        if (position == 0 and name == KEY_COLUMNS[0]) or (not name and is_blank(value)):
            continue
        if name not in keys:
            flaw = unknown_name(name, keys) if name else Flaw("a value without a key", "write its key before it")
            draft.problems.append(Problem(f"{where} row {number}", flaw.message, flaw.hint))
        elif name in numbers and name != REPEATED_KEY:
            message = f"the key `{name}` stands twice; first in row {numbers[name]}"
            draft.problems.append(Problem(f"{where} row {number}, key {name}", message, "keep one of them"))
        else:
            numbers[name] = number
            groups = top.values.get("sharing", {}).get("groups", ())
            if name == REPEATED_KEY:
                numbers[f"{name}[{len(groups)}]"] = number
            if not is_blank(value):
                _keep(draft, top, name, _value(value, keys[name]))


def _value(cell: Any, slot: Slot) -> Any:
    return reader_of(slot)(cell.strip()) if isinstance(cell, str) else read_native(cell, slot)


def _keep(draft: Draft, top: Row, name: str, value: Any) -> None:
    """Puts a value where its dotted key says."""
    path = tuple(name.split("."))
    if isinstance(value, Flaw):
        draft.flaw(top, path, value)
        return
    holder = top.values if len(path) == 1 else top.values.setdefault(path[0], {})
    if name == REPEATED_KEY:
        value = (*holder.get(path[-1], ()), value)
    holder[path[-1]] = value
