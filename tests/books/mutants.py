"""Small wrong changes to a module's code, one at a time: what a test suite is measured by."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
RECKONED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Add,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
REMOVED = (ast.Assign, ast.AugAssign, ast.Raise, ast.Continue, ast.Break, ast.Delete)


@dataclass(frozen=True)
class Mutant:
    """One change.

    Attributes:
        line: where it is, in the module's own text.
        what: what was changed, in a few words.
        text: the whole module, changed.
    """

    line: int
    what: str
    text: str


def mutants(source: str) -> Iterator[Mutant]:
    """Yields the module with one change each, in the order of its text.

    Annotations, docstrings and what runs only while the module is imported are left alone.
    """
    tree = ast.parse(source)
    for number, node in enumerate(ast.walk(tree)):
        for variant, (what, _) in enumerate(_changes(node)):
            changed = copy.deepcopy(tree)
            again = next(other for place, other in enumerate(ast.walk(changed)) if place == number)
            replacement = list(_changes(again))[variant][1]
            if _inside(tree, node) and _put(changed, again, replacement):
                yield Mutant(getattr(node, "lineno", 0), what, ast.unparse(ast.fix_missing_locations(changed)))


def _inside(tree: ast.Module, node: ast.AST) -> bool:
    """Whether a node is run when a function of the module is: not an annotation, a default or a docstring."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for place, statement in enumerate(function.body):
            if place == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue
            if any(node is inner for inner in _run(statement)):
                return True
    return False


def _run(statement: ast.AST) -> Iterator[ast.AST]:
    yield statement
    for name, value in ast.iter_fields(statement):
        if name in {"annotation", "returns", "args"} and not isinstance(statement, ast.Call | ast.Raise):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _run(child)


def _changes(node: ast.AST) -> list[tuple[str, ast.AST]]:  # noqa: PLR0911 - a table in the form of a match
    """Returns what may be changed in a node: in words, and the node that takes its place."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=right) if type(op) in COMPARED:
            other = COMPARED[type(op)]
            return [(f"{type(op).__name__} to {other.__name__}", ast.Compare(left, [other()], right))]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in RECKONED and not _is_text(left, right):
            swapped = RECKONED[type(op)]
            return [(f"{type(op).__name__} to {swapped.__name__}", ast.BinOp(left, swapped(), right))]
        case ast.AugAssign(target=target, op=op, value=value) if type(op) in RECKONED:
            swapped = RECKONED[type(op)]
            return [
                (f"{type(op).__name__}= to {swapped.__name__}=", ast.AugAssign(target, swapped(), value)),
                ("statement removed", ast.Pass()),
            ]
        case ast.BoolOp(op=op, values=values):
            flipped = ast.Or() if isinstance(op, ast.And) else ast.And()
            return [(f"{type(op).__name__} to {type(flipped).__name__}", ast.BoolOp(flipped, values))]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return [("not removed", operand)]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return [("minus removed", operand)]
        case ast.If(test=test, body=body, orelse=orelse):
            return [("condition turned round", ast.If(ast.UnaryOp(ast.Not(), test), body, orelse))]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return [("choice turned round", ast.IfExp(test, orelse, body))]
        case ast.Constant(value=bool(value)):
            return [(f"{value} to {not value}", ast.Constant(not value))]
        case ast.Constant(value=int(value)):
            return [(f"{value} to {value + 1}", ast.Constant(value + 1))]
        case ast.Constant(value=None):
            return []
        case ast.Return(value=value) if value is not None and not _is_none(value):
            return [("returns None", ast.Return(ast.Constant(None)))]
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
            return [("statement removed", ast.Pass())]
        case _ if isinstance(node, REMOVED):
            return [("statement removed", ast.Pass())]
        case _:
            return []


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_text(*nodes: ast.expr) -> bool:
    """A message put together from parts is not what a ledger's tests are for."""
    return any(
        isinstance(n, ast.JoinedStr) or (isinstance(n, ast.Constant) and isinstance(n.value, str)) for n in nodes
    )


def _put(tree: ast.Module, old: ast.AST, new: ast.AST) -> bool:
    """Puts one node where another stands."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
                return True
            if isinstance(value, list):
                for place, child in enumerate(value):
                    if child is old:
                        value[place] = new
                        return True
    return False
