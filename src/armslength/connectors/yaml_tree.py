"""YAML text to a tree of nodes with lines, safely: no tags, repeated keys or aliases of lists and mappings.

Scalars stay text here; the field they are for says what they mean, so that ``id: 12`` or ``name: NO`` is text
and ``gpus: "12"`` is not a number. Nothing is ever constructed from a tag.
"""

from typing import Any, NamedTuple

import yaml
from yaml.composer import ComposerError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

from armslength.connectors.texts import UNWRITABLE, unwritable
from armslength.errors import Problem

# Far deeper than any case, far shallower than what exhausts the stack.
DEPTH_MAX = 24

PLAIN = "plain"
QUOTED = "quoted"
_COLLECTION = "collection"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_NO_TAG = frozenset({PLAIN, QUOTED, _COLLECTION})

_Fast: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Fast):  # type: ignore[misc]
    """Composes nodes only; marks scalars as plain or quoted instead of guessing their types."""

    depth = 0

    def resolve(self, kind: type[Node], value: object, implicit: Any) -> str:
        """Returns the mark of a node that has no tag of its own."""
        if kind is ScalarNode:
            return PLAIN if implicit[0] else QUOTED
        return _COLLECTION

    def descend_resolver(self, parent: Node | None, index: object) -> None:
        """Counts the depth on the way down."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise ComposerError(None, None, f"lists and mappings are nested more than {DEPTH_MAX} deep", None)

    def ascend_resolver(self) -> None:
        """Counts the depth on the way up."""
        self.depth -= 1


class Tree(NamedTuple):
    """The nodes of a file, and what is wrong with it as YAML."""

    root: Node | None
    problems: tuple[Problem, ...]


def read_tree(text: str, file: str) -> Tree:
    """Reads YAML text.

    Args:
        text: the contents of the file.
        file: its name, for the places of problems.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        return Tree(None, (_not_yaml(error, text, file),))
    if root is None:
        return Tree(None, ())
    problems: list[Problem] = []
    repeats = _walk(root, file, problems)
    # Aliases can make a small file mean a huge case, or one without end: what holds them is not read on.
    return Tree(None if repeats else root, tuple(problems))


def is_null(node: Node) -> bool:
    """Whether a node stands for "not given"."""
    return isinstance(node, ScalarNode) and node.tag == PLAIN and node.value in _NULLS


def _not_yaml(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """The problem that stops reading, with its line."""
    if isinstance(error, ReaderError):
        before = UNWRITABLE.split(text, maxsplit=1)[0]
        message = f"the control character {unwritable(text) or 'U+FFFD'} cannot stand in YAML"
        where = f"{file} line {before.count(chr(10)) + 1}"
        return Problem(where, message, "remove it; save the file as plain text in UTF-8")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    where = f"{file} line {mark.line + 1}" if mark is not None else file
    said = getattr(error, "problem", None) or "it cannot be read"
    if said.startswith("but found another document"):
        return Problem(where, "a second document begins here", "a case is one document: remove the line of ---")
    return Problem(where, f"this is not YAML: {said}", _yaml_hint(said))


def _yaml_hint(said: str) -> str:
    for words, hint in (
        ("undefined alias", "a value that begins with * must stand in quotes"),
        (
            "mapping values are not allowed",
            "a value that holds ': ' must stand in quotes; check the indentation",
        ),
        ("'\\t'", "indent with spaces, not tabs"),
        ("could not find expected ':'", "each line is `key: value`; check the indentation"),
        ("nested", "a case needs three levels at most"),
    ):
        if words in said:
            return hint
    return "check indentation, quotes and brackets at or just above this line"


def _walk(root: Node, file: str, problems: list[Problem]) -> bool:
    """Looks at every node once: tags, aliases, keys; returns whether an alias repeats a list or mapping."""
    repeats = False
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.tag not in _NO_TAG:
            message = f"the tag {node.tag!r} is not read here"
            problems.append(Problem(_at(file, node), message, "write the value alone"))
            node.tag = QUOTED if isinstance(node, ScalarNode) else _COLLECTION
        if isinstance(node, ScalarNode):
            continue
        if id(node) in seen:
            message = "an alias repeats a list or mapping here"
            problems.append(Problem(_at(file, node), message, "write it out where it is needed"))
            repeats = True
            continue
        seen.add(id(node))
        if isinstance(node, MappingNode):
            node.value = _checked_pairs(node, file, problems)
            waiting.extend(value for _, value in reversed(node.value))
        elif isinstance(node, SequenceNode):
            waiting.extend(reversed(node.value))
    return repeats


def _checked_pairs(node: MappingNode, file: str, problems: list[Problem]) -> list[tuple[ScalarNode, Node]]:
    """The pairs of a mapping whose keys are text and stand once."""
    lines: dict[str, int] = {}
    kept = []
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            problems.append(Problem(_at(file, key), "a key is a list or mapping", "a key is a name"))
        elif key.value in lines:
            message = f"the key `{key.value}` stands twice; first in line {lines[key.value]}"
            problems.append(Problem(_at(file, key), message, "keep one; rows of a list begin with '- '"))
        else:
            lines[key.value] = key.start_mark.line + 1
            kept.append((key, value))
    return kept


def _at(file: str, node: Node) -> str:
    return f"{file} line {node.start_mark.line + 1}"
