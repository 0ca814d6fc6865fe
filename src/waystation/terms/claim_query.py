r"""The small language in which a claim says how its number is counted.

    count of flights where origin = "LFPG" and destination in ("EGLL", "EGKK")
    count / 25 of flights where first_seen_utc >= 2018-05-26T00:00:00Z and origin is not null
    distinct icao24 of flights
    sum n_positions of sources
    max longest_gap_s of flights
    at least 0.95 of flights where …          largest k with P(k or more) ≥ 0.95, from the ends' probabilities
    the after of changes where …              one cell; a moment or a date is its days since 1970-01-01
    the exposure_days / 24 of exposures where …
    share via = "OSLK" of triples where …     part of the rows, each weighing its probability
    chance above 1 of rates where …           P(more than 1 a day), from the row's interval
    count of itineraries where "UUMU" then ("OSLK", "HL59") then "GABS" in airfields

    query     = measure "of" table [ "where" condition { "and" condition } ]
    measure   = "count" [ "/" number ] | "distinct" column | "sum" column | "max" column
              | "at least" number | "the" column [ "/" number ] | "share" condition
              | "chance above" number
    condition = column ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
              | column "in" "(" value { "," value } ")" | column "is" [ "not" ] "null"
              | step { "then" step } "in" column                 in a list: these, in this order
    step      = "text" | "(" "text" { "," "text" } ")"           one of them
    value     = "text" (with \" and \\) | number | true | false | 2024-12-08 | 2024-12-08T00:00:00Z

There is no "or", no arithmetic between columns and no join: a number that cannot be said this way
belongs in a table of its own first. Null never matches a comparison, as in SQL. What has no number
(``the`` without exactly one row, a null cell, a share of nothing) is not a number: ``nan``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from waystation.terms.claim_words import Condition, Query, QueryError, among, parse, quoted, when
from waystation.terms.counts import at_least
from waystation.terms.posteriors import chance_above

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "KEYS",
    "Answer",
    "Condition",
    "Query",
    "QueryError",
    "among",
    "answer",
    "measure",
    "parse",
    "quoted",
    "row_keys",
    "when",
]

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "aircraft": ("icao24", "from_utc"),
    "archive_days": ("network", "day_utc"),
    "candidates": ("flight_id", "end", "airfield"),
    "changes": ("subject", "kind", "date_utc"),
    "comparisons": ("subject", "kind", "event"),
    "coverage": ("cell", "altitude_band", "hour_utc"),
    "coverage_weeks": ("cell", "altitude_band", "week_utc"),
    "ends": ("flight_id", "end"),
    "exposures": ("subject", "from_utc", "to_utc"),
    "flight_networks": ("flight_id", "network"),
    "flights": ("flight_id",),
    "gaps": ("gap_id",),
    "hubs": ("airfield", "period", "measure"),
    "itineraries": ("itinerary_id",),
    "network_silences": ("flight_id", "network", "from_utc"),
    "nonstop_checks": ("flight_id",),
    "masks": ("icao24", "time_utc", "source_id", "record"),
    "observations": ("observation_id",),
    "published": ("published_id",),
    "rates": ("subject", "type", "from_utc", "to_utc"),
    "rejected": ("source_id", "record"),
    "relay_counts": ("origin", "via", "destination", "period"),
    "relays": ("relay_id",),
    "rotations": ("event", "itinerary_id", "motif"),
    "routes": ("origin", "destination", "type"),
    "sources": ("source_id",),
    "stays": ("stay_id",),
    "stopovers": ("origin", "stopover", "destination", "type", "payload_t", "scenario"),
    "substitutions": ("lost_hub", "date", "substitute"),
    "trends": ("subject", "from_utc", "to_utc"),
    "triples": ("triple_id",),
    "visits": ("visit_id", "airfield"),
}

_COMPARE: Final = {
    "=": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}
_DAY_S: Final = 86_400.0


@dataclass(frozen=True)
class Answer:
    """``value`` and the keys of the rows it was computed from, in table order."""

    value: float
    row_ids: tuple[str, ...]
    probability: float | None = None


def answer(query: Query | str, tables: Mapping[str, pa.Table]) -> Answer:
    """Evaluate over ``tables``: the value and the keys of the rows behind it."""
    q = parse(query) if isinstance(query, str) else query
    if q.table not in tables:
        raise QueryError(f"there is no table {q.table!r}; there are {sorted(tables)}")
    rows = tables[q.table]
    for c in q.conditions:
        rows = rows.filter(_mask(rows, q.table, c))
    value, probability = measure(q, rows)
    return Answer(value, row_keys(q.table, rows), probability)


def measure(  # noqa: PLR0911 - one return a word of the grammar
    q: Query, rows: pa.Table
) -> tuple[float, float | None]:
    """Compute the query's measure over given rows: (value, probability or None)."""
    match q.measure:
        case "count":
            return rows.num_rows / float(q.argument or 1), None
        case "distinct":
            return float(len(pc.unique(_column(rows, q.table, q.argument).drop_null()))), None
        case "sum":
            return float(pc.sum(_column(rows, q.table, q.argument)).as_py() or 0), None
        case "max":
            return float(pc.max(_column(rows, q.table, q.argument)).as_py() or 0), None
        case "the":
            return _cell(rows, q.table, *q.argument)
        case "share":
            return _share(rows, q.table, q.argument), None
        case "chance":
            p = _chance(rows, float(q.argument))
            return p, (None if math.isnan(p) else p)
        case _:
            k, p = at_least(_both_ends(rows), float(q.argument))
            return float(k), p


def row_keys(table: str, rows: pa.Table) -> tuple[str, ...]:
    """The keys of ``rows``, columns joined by ``/``; a table without a key numbers its rows."""
    columns = [rows.column(c).to_pylist() for c in KEYS.get(table, ())]
    if not columns:
        return tuple(str(i) for i in range(rows.num_rows))
    return tuple("/".join("" if v is None else str(v) for v in row) for row in zip(*columns, strict=True))


def _column(rows: pa.Table, table: str, name: str) -> pa.ChunkedArray:
    if name not in rows.column_names:
        raise QueryError(f"table {table} has no column {name!r}; its columns: {rows.column_names}")
    return rows.column(name)


def _cell(rows: pa.Table, table: str, name: str, divisor: float | None) -> tuple[float, float | None]:
    """One cell as a number. What is called a probability is one."""
    column = _column(rows, table, name)
    value = _number(column[0].as_py() if rows.num_rows == 1 else None) / (divisor or 1.0)
    is_probability = name.startswith("probability") and divisor is None and not math.isnan(value)
    return value, value if is_probability else None


def _number(value: object) -> float:
    if isinstance(value, datetime):
        return (value - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() / _DAY_S
    if isinstance(value, date):
        return float(value.toordinal() - date(1970, 1, 1).toordinal())
    return float(value) if isinstance(value, int | float) else math.nan


def _share(rows: pa.Table, table: str, condition: Condition) -> float:
    """What part of the rows' weight meets the condition; a row weighs its probability, 1 where null."""
    if rows.num_rows == 0:
        return math.nan
    ones = pa.chunked_array([pa.array([1.0] * rows.num_rows)])
    weight = pc.fill_null(rows.column("probability"), 1.0) if "probability" in rows.column_names else ones
    total = pc.sum(weight).as_py()
    hit = pc.sum(pc.multiply(weight, pc.cast(_mask(rows, table, condition), pa.float64()))).as_py()
    return float(hit / total) if total else math.nan


def _chance(rows: pa.Table, bound: float) -> float:
    """P(rate above ``bound`` a day) of the one row, from its interval and level."""
    if rows.num_rows != 1:
        return math.nan
    row = rows.to_pylist()[0]
    if row["low"] is None or row["high"] is None or row["level"] is None:
        return math.nan
    return chance_above(bound, row["low"], row["high"], row["level"])


def _both_ends(rows: pa.Table) -> list[float]:
    """P(both ends as named); an end without a probability (an analyst's decision) counts as certain."""
    o, d = (pc.fill_null(rows.column(f"{e}_probability"), 1.0) for e in ("origin", "destination"))
    return list(pc.multiply(o, d).to_pylist())


def _mask(rows: pa.Table, table: str, c: Condition) -> pa.ChunkedArray:
    column = _column(rows, table, c.column)
    if c.op == "null":
        return pc.is_null(column)
    if c.op == "not null":
        return pc.is_valid(column)
    if c.op == "steps":
        return pa.chunked_array(
            [pa.array([_follows(v or (), c.values) for v in column.to_pylist()], pa.bool_())]
        )
    values = [_value(v, column.type, c) for v in c.values]
    if c.op == "in":
        return pc.is_in(column, value_set=pa.array([v.as_py() for v in values], type=column.type))
    return pc.fill_null(_COMPARE[c.op](column, values[0]), False)


def _value(value: Any, kind: pa.DataType, c: Condition) -> pa.Scalar:  # noqa: ANN401 - any value of the language
    if type(value) is date and pa.types.is_timestamp(kind):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    elif isinstance(value, datetime) and pa.types.is_date(kind):
        value = value.date()
    try:
        return pa.scalar(value, type=kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError) as error:
        raise QueryError(f"column {c.column} holds {kind}, which {value!r} is not") from error


def _follows(items: Any, steps: tuple[tuple[Any, ...], ...]) -> bool:  # noqa: ANN401 - a list of text
    """Whether the steps occur in ``items`` in this order, others between them or not."""
    at = iter(items)
    return all(any(item in step for item in at) for step in steps)
