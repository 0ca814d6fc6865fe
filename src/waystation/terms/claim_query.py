r"""The small language in which a claim says how its number is counted.

    count of flights where origin = "LFPG" and destination in ("EGLL", "EGKK")
    count / 25 of flights where first_seen_utc >= 2018-05-26T00:00:00Z and origin is not null
    distinct icao24 of flights
    sum n_positions of sources
    max longest_gap_s of flights
    at least 0.95 of flights where …          largest k with P(k or more) ≥ 0.95, from the ends' probabilities

    query     = measure "of" table [ "where" condition { "and" condition } ]
    measure   = "count" [ "/" number ] | "distinct" column | "sum" column | "max" column
              | "at least" number
    condition = column ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
              | column "in" "(" value { "," value } ")" | column "is" [ "not" ] "null"
    value     = "text" (with \" and \\) | number | true | false | 2024-12-08T00:00:00Z

There is no "or", no arithmetic between columns and no join: a number that cannot be said this way
belongs in a table of its own first. Null never matches a comparison, as in SQL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from waystation.terms.counts import at_least

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "KEYS",
    "Answer",
    "Condition",
    "Query",
    "QueryError",
    "answer",
    "measure",
    "parse",
    "quoted",
    "when",
]

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "flights": ("flight_id",),
    "ends": ("flight_id", "end"),
    "gaps": ("gap_id",),
    "sources": ("source_id",),
    "aircraft": ("icao24", "from_utc"),
    "routes": ("origin", "destination", "type"),
    "masks": ("icao24", "time_utc", "source_id", "record"),
    "rejected": ("source_id", "record"),
}

_TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<time>\d{4}-\d\d-\d\dT[\d:.]+Z)|(?P<number>-?\d+(?:\.\d+)?)'
    r"|(?P<op><=|>=|!=|=|<|>|\(|\)|,|/)|(?P<word>[A-Za-z_][A-Za-z0-9_]*))"
)
_COMPARE: Final = {
    "=": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


class QueryError(ValueError):
    """The text is not a query, or names a table or column that is not there."""


@dataclass(frozen=True)
class Condition:
    """``column op values``; ``op`` is a comparison, ``in``, ``null`` or ``not null``."""

    column: str
    op: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Query:
    """A parsed query. ``argument`` is the divisor, the column or the assurance of the measure."""

    measure: str
    argument: Any
    table: str
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Answer:
    """``value`` and the keys of the rows it was computed from, in table order."""

    value: float
    row_ids: tuple[str, ...]
    probability: float | None = None


def quoted(text: str) -> str:
    """Text as a value of the language."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def when(time: datetime) -> str:
    """A moment as a value of the language (UTC, whole seconds)."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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


def answer(query: Query | str, tables: Mapping[str, pa.Table]) -> Answer:
    """Evaluate over ``tables``: the value and the keys of the rows behind it."""
    q = parse(query) if isinstance(query, str) else query
    if q.table not in tables:
        raise QueryError(f"there is no table {q.table!r}; there are {sorted(tables)}")
    rows = tables[q.table]
    for c in q.conditions:
        if c.column not in rows.column_names:
            raise QueryError(f"table {q.table} has no column {c.column!r}; its columns: {rows.column_names}")
        rows = rows.filter(_mask(rows.column(c.column), c))
    value, probability = measure(q, rows)
    return Answer(value, row_keys(q.table, rows), probability)


def measure(q: Query, rows: pa.Table) -> tuple[float, float | None]:
    """Compute the query's measure over given rows: (value, probability or None)."""
    match q.measure:
        case "count":
            return rows.num_rows / float(q.argument or 1), None
        case "distinct":
            return float(len(pc.unique(rows.column(q.argument).drop_null()))), None
        case "sum":
            return float(pc.sum(rows.column(q.argument)).as_py() or 0), None
        case "max":
            return float(pc.max(rows.column(q.argument)).as_py() or 0), None
        case _:
            k, p = at_least(_both_ends(rows), float(q.argument))
            return float(k), p


def row_keys(table: str, rows: pa.Table) -> tuple[str, ...]:
    """The keys of ``rows``, columns joined by ``/``; a table without a key numbers its rows."""
    columns = [rows.column(c).to_pylist() for c in KEYS.get(table, ())]
    if not columns:
        return tuple(str(i) for i in range(rows.num_rows))
    return tuple("/".join("" if v is None else str(v) for v in row) for row in zip(*columns, strict=True))


def _both_ends(rows: pa.Table) -> list[float]:
    """P(both ends as named); an end without a probability (an analyst's decision) counts as certain."""
    o, d = (pc.fill_null(rows.column(f"{e}_probability"), 1.0) for e in ("origin", "destination"))
    return list(pc.multiply(o, d).to_pylist())


def _mask(column: pa.ChunkedArray, c: Condition) -> pa.ChunkedArray:
    if c.op == "null":
        return pc.is_null(column)
    if c.op == "not null":
        return pc.is_valid(column)
    values = [pa.scalar(v, type=column.type) for v in c.values]
    if c.op == "in":
        return pc.is_in(column, value_set=pa.array([v.as_py() for v in values], type=column.type))
    return pc.fill_null(_COMPARE[c.op](column, values[0]), False)


def _tokens(text: str) -> list[tuple[str, Any]]:
    out: list[tuple[str, Any]] = []
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


def _value(kind: str, raw: str) -> str | float | bool | datetime:
    if kind == "text":
        return re.sub(r"\\(.)", r"\1", raw[1:-1])
    if kind == "number":
        return float(raw) if "." in raw else int(raw)
    if kind == "time":
        return datetime.fromisoformat(raw)
    if kind == "word" and raw in {"true", "false"}:
        return raw == "true"
    return raw


def _measure(t: Sequence[tuple[str, Any]], text: str) -> tuple[str, Any, Sequence[tuple[str, Any]]]:
    match [v for _, v in t[:3]]:
        case ["count", "/", days, *_] if isinstance(days, int | float) and days > 0:
            return "count", days, t[3:]
        case ["count", "/", days, *_]:
            raise QueryError(f"count is divided by a number above 0, not by {days!r}: {text!r}")
        case ["count", *_]:
            return "count", None, t[1:]
        case [("distinct" | "sum" | "max") as word, str() as column, *_]:
            return str(word), column, t[2:]
        case ["at", "least", int() | float() as assurance]:
            return "at least", assurance, t[3:]
    raise QueryError(f"a query starts with count, distinct, sum, max or at least: {text!r}")


def _expect(t: Sequence[tuple[str, Any]], word: str, text: str) -> Sequence[tuple[str, Any]]:
    if not t or t[0][1] != word:
        raise QueryError(f"{word!r} expected, found {t[0][1] if t else 'the end'!r}: {text!r}")
    return t[1:]


def _condition(t: Sequence[tuple[str, Any]], text: str) -> tuple[Condition, Sequence[tuple[str, Any]]]:
    if len(t) >= 3 and t[0][0] == "word":
        column, (_, op) = t[0][1], t[1]
        if [v for _, v in t[1:4]] == ["is", "not", "null"]:
            return Condition(column, "not null"), t[4:]
        if [v for _, v in t[1:3]] == ["is", "null"]:
            return Condition(column, "null"), t[3:]
        if op in _COMPARE and t[2][0] != "op":
            return Condition(column, op, (t[2][1],)), t[3:]
        if op == "in" and t[2][1] == "(":
            closing = next((i for i, (_, v) in enumerate(t) if v == ")"), None)
            if closing is not None:
                values = tuple(v for k, v in t[3:closing] if k != "op")
                return Condition(column, "in", values), t[closing + 1 :]
    raise QueryError(f"cannot read the condition at {' '.join(str(v) for _, v in t[:4])!r}: {text!r}")
