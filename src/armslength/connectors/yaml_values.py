"""Nodes of a YAML tree to the values of nouns, field by field; flaws are noted and reading goes on."""

from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from armslength.connectors.cells import checked_text, read_truth, read_word
from armslength.connectors.columns import unknown_name
from armslength.connectors.dates import read_day, read_precision, read_when
from armslength.connectors.drafts import Draft, Row
from armslength.connectors.flaws import Flaw, shown
from armslength.connectors.places import Path, YamlPlace
from armslength.connectors.quantities import read_number, read_whole
from armslength.connectors.shapes import Shape, Slot, nouns_of_tables, slots_of
from armslength.connectors.yaml_tree import PLAIN, is_null
from armslength.errors import Problem
from armslength.model.case import Case
from armslength.model.noun import When

_MISSING: Any = object()
_RANGE_KEYS = ("p10", "p50", "p90")


class YamlReader:
    """Reads the values of one file into a draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def case(self, root: Node, file: str) -> None:
        """Reads the whole file: scalars, horizon and sharing into the draft's top, rows into its tables."""
        tables = nouns_of_tables()
        slots = {name: slot for name, slot in slots_of(Case).items() if name not in tables}
        if not isinstance(root, MappingNode):
            where = YamlPlace(file, (), root).at(())
            self._draft.problems.append(Problem(where, "the file is not a mapping", "begin with `id: my-case`"))
            return
        for key, node in root.value:
            if key.value in tables:
                self._table(key.value, node, file)
            else:
                self._field(self._draft.top, slots, key, node, (), (*slots, *tables))

    def _table(self, table: str, node: Node, file: str) -> None:
        if is_null(node):
            return
        if not isinstance(node, SequenceNode):
            where = YamlPlace(file, (table,), node).at(())
            hint = "write each row as a line that begins with '- '"
            self._draft.problems.append(Problem(where, f"`{table}` is not a list of rows", hint))
            self._draft.unread.add(table)
            return
        slots = slots_of(nouns_of_tables()[table])
        rows = self._draft.tables.setdefault(table, [])
        for index, item in enumerate(node.value):
            row = Row(YamlPlace(file, (table, index), item))
            rows.append(row)
            if isinstance(item, MappingNode):
                for key, value in item.value:
                    self._field(row, slots, key, value, (), tuple(slots))
            else:
                self._draft.flaw(row, (), Flaw("the row is not a mapping", "write `- id: ...` and its fields below"))

    def _field(
        self,
        row: Row,
        slots: dict[str, Slot],
        key: ScalarNode,
        node: Node,
        above: Path,
        known: tuple[str, ...],
    ) -> None:
        """Reads one `key: value` of a mapping that is the row itself."""
        value = self._keyed(row, slots, key, node, above, known)
        if value is not _MISSING:
            row.values[key.value] = value

    def _keyed(
        self,
        row: Row,
        slots: dict[str, Slot],
        key: ScalarNode,
        node: Node,
        above: Path,
        known: tuple[str, ...],
    ) -> Any:
        slot = slots.get(key.value)
        if slot is None:
            self._draft.flaw(row, (*above, key.value), unknown_name(key.value, known))
            return _MISSING
        return _MISSING if is_null(node) else self._value(row, slot.shape, slot.name, node, (*above, slot.name))

    def _value(self, row: Row, shape: Shape, name: str, node: Node, path: Path) -> Any:
        """The value of a node for a shape; _MISSING, with a flaw noted, when it has none."""
        if shape.kind == "list":
            return self._list(row, shape, name, node, path)
        if shape.kind in ("noun", "pairs") or (shape.kind == "when" and isinstance(node, MappingNode)):
            return self._mapping(row, shape, name, node, path)
        value = _scalar(node, shape, name)
        if isinstance(value, Flaw):
            self._draft.flaw(row, path, value)
            return _MISSING
        return value

    def _list(self, row: Row, shape: Shape, name: str, node: Node, path: Path) -> Any:
        assert shape.item is not None
        if not isinstance(node, SequenceNode):
            hint = f"write [{node.value}]" if isinstance(node, ScalarNode) else "write rows that begin with '- '"
            self._draft.flaw(row, path, Flaw(f"{name} is a list", hint))
            return _MISSING
        items = []
        for index, item in enumerate(node.value):
            if is_null(item):
                self._draft.flaw(row, (*path, index), Flaw("nothing stands here", "remove the line, or fill it"))
            else:
                items.append(self._value(row, shape.item, name, item, (*path, index)))
        return tuple(items) if all(item is not _MISSING for item in items) else _MISSING

    def _mapping(self, row: Row, shape: Shape, name: str, node: Node, path: Path) -> Any:
        if not isinstance(node, MappingNode):
            hint = "write name: number below it" if shape.kind == "pairs" else "write its fields below it, indented"
            self._draft.flaw(row, path, Flaw(f"{name} is a mapping of names to values", hint))
            return _MISSING
        if shape.kind == "when":
            return self._range(row, node, path)
        found: dict[str, Any] = {}
        if shape.kind == "noun":
            assert shape.noun is not None
            slots = slots_of(shape.noun)
            for key, value in node.value:
                found[key.value] = self._keyed(row, slots, key, value, path, tuple(slots))
        else:
            assert shape.item is not None
            for key, value in node.value:
                found[key.value] = self._value(row, shape.item, name, value, (*path, key.value))
        return {key: value for key, value in found.items() if value is not _MISSING}

    def _range(self, row: Row, node: MappingNode, path: Path) -> Any:
        """Reads {p10, p50, p90, precision}, each day with or without `_on` behind its name."""
        days: dict[str, Any] = {}
        precision: Any = "day"
        for key, value in node.value:
            short = key.value.removesuffix("_on")
            if short in _RANGE_KEYS:
                days[short] = self._value(row, Shape("day"), key.value, value, (*path, key.value))
            elif key.value == "precision":
                precision = read_precision(str(value.value))
                if isinstance(precision, Flaw):
                    self._draft.flaw(row, (*path, "precision"), precision)
            else:
                flaw = unknown_name(key.value, (*_RANGE_KEYS, "precision"))
                self._draft.flaw(row, (*path, key.value), flaw)
        absent = [key for key in _RANGE_KEYS if key not in days]
        if absent:
            self._draft.flaw(row, path, Flaw(f"{' and '.join(absent)} missing", "give p10, p50 and p90, or one day"))
        if absent or isinstance(precision, Flaw) or any(day is _MISSING for day in days.values()):
            return _MISSING
        return self._in_order(row, days, precision, path)

    def _in_order(self, row: Row, days: dict[str, Any], precision: Any, path: Path) -> Any:
        if not days["p10"] <= days["p50"] <= days["p90"]:
            flaw = Flaw("the days are not in order", "p10 is the earliest, p90 the latest")
            self._draft.flaw(row, path, flaw)
            return _MISSING
        return When(p10_on=days["p10"], p50_on=days["p50"], p90_on=days["p90"], precision=precision)


def _scalar(node: Node, shape: Shape, name: str) -> Any:
    """The value of a scalar node, or a Flaw."""
    if not isinstance(node, ScalarNode):
        what = "list" if isinstance(node, SequenceNode) else "mapping"
        return Flaw(f"{name} holds a {what} where one value is expected", "write one value")
    text: str = node.value
    match shape.kind:
        case "text":
            return checked_text(text.replace("\r\n", "\n").replace("\r", "\n"))
        case "word":
            return read_word(text, shape.words)
        case "day":
            return read_day(text.strip())
        case "when":
            return read_when(text.strip())
        case _:
            return _unquoted_scalar(text, node.tag == PLAIN, shape, name)


def _unquoted_scalar(text: str, plain: bool, shape: Shape, name: str) -> Any:
    """Numbers and yes or no: text in quotes is text, and none of them."""
    read = {"whole": read_whole, "number": read_number}.get(shape.kind)
    value = read(text, name) if read else read_truth(text)
    if plain or isinstance(value, Flaw):
        return value
    what = "a number" if read else "yes or no"
    return Flaw(f"{shown(text)} is text in quotes, but {name} is {what}", "remove the quotes")
