"""The grammar of the claims' language: text → ``Query``. What it means stands in ``claim_query``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMPARISONS", "Condition", "Query", "QueryError", "among", "parse", "quoted", "when"]

COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")

_TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<time>\d{4}-\d\d-\d\dT[\d:.]+Z)|(?P<date>\d{4}-\d\d-\d\d)'
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<op><=|>=|!=|=|<|>|\(|\)|,|/)|(?P<word>[A-Za-z_][A-Za-z0-9_]*))"
)
_SHAPES: Final = "a query starts with count, distinct, sum, max, the, share, chance above or at least"

Token = tuple[str, Any]


class QueryError(ValueError):
    """The text is not a query, or names a table or column that is not there."""


@dataclass(frozen=True)
class Condition:
    """``column op values``; ``op`` is a comparison, ``in``, ``null``, ``not null`` or ``steps``.

    For ``steps`` each of ``values`` is the tuple of values that one step may have.
    """

    column: str
    op: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Query:
    """A parsed query. ``argument`` of the measure: divisor, column, assurance, bound or condition.

    The measure ``the`` has (column, divisor or None).
    """

    measure: str
    argument: Any
    table: str
    conditions: tuple[Condition, ...] = ()


def quoted(text: str) -> str:
    """Text as a value of the language."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def when(time: datetime) -> str:
    """A moment as a value of the language (UTC, whole seconds)."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def among(column: str, values: Sequence[str]) -> str:
    """The condition that a column has one of ``values``."""
    if len(values) == 1:
        return f"{column} = {quoted(values[0])}"
    return f"{column} in ({', '.join(quoted(v) for v in values)})"


def parse(text: str) -> Query:
    """Parse a query; ``QueryError`` names the place."""
    tokens = _tokens(text)
    kind, argument, rest = _measure(tokens, text)
    rest = _expect(rest, "of", text)
    if not rest or rest[0][0] != "word":
        raise QueryError(f"a table is expected after 'of': {text!r}")
    table, rest = rest[0][1], rest[1:]
    conditions: list[Condition] = []
    joiner = "where"
    while rest:
        condition, rest = _condition(_expect(rest, joiner, text), text)
        conditions.append(condition)
        joiner = "and"
    return Query(kind, argument, table, tuple(conditions))


def _tokens(text: str) -> list[Token]:
    out: list[Token] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        m = _TOKEN.match(text, at)
        if m is None or m.lastgroup is None:
            raise QueryError(f"cannot read {text[at : at + 20]!r} at character {at} of {text!r}")
        kind, raw = m.lastgroup, m[m.lastgroup]
        out.append((kind, _value(kind, raw)))
        at = m.end()
    return out


def _value(kind: str, raw: str) -> str | float | bool | datetime | date:
    if kind == "text":
        return re.sub(r"\\(.)", r"\1", raw[1:-1])
    if kind == "number":
        return float(raw) if "." in raw else int(raw)
    if kind == "time":
        return datetime.fromisoformat(raw)
    if kind == "date":
        return date.fromisoformat(raw)
    if kind == "word" and raw in {"true", "false"}:
        return raw == "true"
    return raw


def _measure(  # noqa: PLR0911 - one return a word of the grammar
    t: Sequence[Token], text: str
) -> tuple[str, Any, Sequence[Token]]:
    match [v for _, v in t[:4]]:
        case ["count", "/", number, *_]:
            return "count", _divisor(number, text), t[3:]
        case ["count", *_]:
            return "count", None, t[1:]
        case ["the", str() as column, "/", number]:
            return "the", (column, _divisor(number, text)), t[4:]
        case ["the", str() as column, *_]:
            return "the", (column, None), t[2:]
        case ["share", *_]:
            condition, rest = _condition(t[1:], text)
            return "share", condition, rest
        case ["chance", "above", int() | float() as bound, *_]:
            return "chance", float(bound), t[3:]
        case [("distinct" | "sum" | "max") as word, str() as column, *_]:
            return str(word), column, t[2:]
        case ["at", "least", int() | float() as assurance, *_]:
            return "at least", assurance, t[3:]
    raise QueryError(f"{_SHAPES}: {text!r}")


def _divisor(number: object, text: str) -> float:
    if isinstance(number, int | float) and number > 0:
        return float(number)
    raise QueryError(f"only a number above 0 can divide, not {number!r}: {text!r}")


def _expect(t: Sequence[Token], word: str, text: str) -> Sequence[Token]:
    if not t or t[0][1] != word:
        raise QueryError(f"{word!r} expected, found {t[0][1] if t else 'the end'!r}: {text!r}")
    return t[1:]


def _condition(t: Sequence[Token], text: str) -> tuple[Condition, Sequence[Token]]:
    if len(t) >= 3 and t[0][0] == "word":
        column, (_, op) = t[0][1], t[1]
        if [v for _, v in t[1:4]] == ["is", "not", "null"]:
            return Condition(column, "not null"), t[4:]
        if [v for _, v in t[1:3]] == ["is", "null"]:
            return Condition(column, "null"), t[3:]
        if op in COMPARISONS and t[2][0] != "op":
            return Condition(column, op, (t[2][1],)), t[3:]
        if op == "in" and t[2][1] == "(":
            found = _bracket(t[2:])
            if found is not None:
                return Condition(column, "in", found[0]), found[1]
    elif t and t[0][0] in {"text", "op"}:
        steps = _steps(t)
        if steps is not None:
            return steps
    raise QueryError(f"cannot read the condition at {' '.join(str(v) for _, v in t[:4])!r}: {text!r}")


def _steps(t: Sequence[Token]) -> tuple[Condition, Sequence[Token]] | None:
    """``"A" then ("B", "C") in column``."""
    steps: list[tuple[Any, ...]] = []
    while True:
        found = ((t[0][1],), t[1:]) if t and t[0][0] == "text" else _bracket(t)
        if found is None:
            return None
        steps.append(found[0])
        t = found[1]
        match [v for _, v in t[:2]]:
            case ["then", *_]:
                t = t[1:]
            case ["in", str() as column] if t[1][0] == "word":
                return Condition(column, "steps", tuple(steps)), t[2:]
            case _:
                return None


def _bracket(t: Sequence[Token]) -> tuple[tuple[Any, ...], Sequence[Token]] | None:
    """``( value, value )`` and what follows; None if there is none."""
    if not t or t[0] != ("op", "("):
        return None
    closing = next((i for i, token in enumerate(t) if token == ("op", ")")), None)
    if closing is None:
        return None
    return tuple(v for k, v in t[1:closing] if k != "op"), t[closing + 1 :]
