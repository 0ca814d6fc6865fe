"""An analyst's decisions, put over what the tracks say. Pure; acts in every run, and shows where it acts.

The evidence stays: candidates and the reason that the tracks gave are kept, the decision stands in front
of the reason. A decided end has no probability (null), because nobody measured one, and the ending
``inferred``: it was not seen in the tracks. docs/rules/overrides.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from waystation.terms.schema import conform

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waystation.terms.case_view import Override

__all__ = ["Decided", "apply_overrides", "decision_text"]


@dataclass(frozen=True)
class Decided:
    """What ``apply_overrides`` returns.

    ``tables``: as given, with the decisions acting. ``acts``: per override what it says, ``flight`` (the
    whole id), ``acted`` (false where no flight, or more than one, has this id, or the flight is left out)
    and ``overruled``, what the tracks had said.
    """

    tables: dict[str, pa.Table]
    acts: tuple[dict[str, Any], ...]


def decision_text(override: Override) -> str:
    """Say a decision in one line."""
    what = "not ours" if override.exclude else f"{override.end} is {override.airfield}"
    return f"decided by {override.by} on {override.date}: {what}, because {override.reason}"


def apply_overrides(tables: Mapping[str, pa.Table], overrides: Sequence[Override]) -> Decided:
    """Put decisions over the tables ``flights``, ``ends``, ``candidates``, ``gaps``, ``stays``.

    Excluded flights leave all five (a stay leaves when either of its flights does). A named end replaces
    airfield, ending and probability in ``flights`` and ``ends``; its candidates stay as evidence. Of two
    decisions on one end the later in the case acts.
    """
    ids = tables["flights"].column("flight_id").to_pylist()
    found = [(_flight_of(o.flight, ids), o) for o in overrides]
    gone = {f for f, o in found if f and o.exclude}
    named: dict[tuple[str, str | None], Override] = {
        (f, o.end): o for f, o in found if f and o.end and not o.exclude and f not in gone
    }
    acts = tuple(_act(f, o, tables, named) for f, o in found)
    out = dict(tables)
    if named:
        out["flights"] = _mapped("flights", tables["flights"], lambda row: _decide_flight(row, named))
        out["ends"] = _mapped("ends", tables["ends"], lambda row: _decide_end(row, named))
    for name in out.keys() & _KEYS.keys() if gone else ():
        for column in _KEYS[name]:
            out[name] = out[name].filter(pc.invert(_has(out[name], column, gone)))
    return Decided(out, acts)


_KEYS = {
    "flights": ("flight_id",),
    "ends": ("flight_id",),
    "candidates": ("flight_id",),
    "gaps": ("flight_id",),
    "stays": ("from_flight", "to_flight"),
}


def _has(table: pa.Table, column: str, values: set[str]) -> pa.ChunkedArray:
    found = pc.is_in(table.column(column), value_set=pa.array(sorted(values), pa.string()))
    return pc.fill_null(found, fill_value=False)


def _flight_of(prefix: str, ids: list[str]) -> str | None:
    found = [prefix] if prefix in ids else [i for i in ids if i.startswith(prefix)]
    return found[0] if len(found) == 1 else None


def _act(
    flight: str | None,
    o: Override,
    tables: Mapping[str, pa.Table],
    named: Mapping[tuple[str, str | None], Override],
) -> dict[str, Any]:
    said = {
        "flight": flight or o.flight,
        "end": o.end,
        "airfield": o.airfield,
        "exclude": o.exclude,
        "by": o.by,
        "date": o.date.isoformat(),
        "reason": o.reason,
        "acted": flight is not None and (o.exclude or named.get((flight, o.end)) is o),
        "overruled": None,
    }
    if not said["acted"]:
        return said
    if o.exclude:
        (row,) = _rows(tables["flights"], "flight_id", flight)
        return said | {"overruled": f"a flight of {row['icao24']} on {row['first_seen_utc']:%Y-%m-%d}"}
    (row,) = [r for r in _rows(tables["ends"], "flight_id", flight) if r["end"] == o.end]
    return said | {"overruled": _overruled(row)}


def _rows(table: pa.Table, column: str, value: str | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.filter(pc.equal(table.column(column), value)).to_pylist()
    return rows


def _overruled(end: Mapping[str, Any]) -> str:
    return f"{end['airfield'] or 'no airfield'}, {end['ending']}: {end['reason']}"


def _mapped(name: str, table: pa.Table, change: Any) -> pa.Table:  # noqa: ANN401 - a function of row to row
    rows = [change(row) for row in table.to_pylist()]
    return conform(name, pa.Table.from_pylist(rows, schema=table.schema))


def _decide_flight(row: dict[str, Any], named: Mapping[tuple[str, str | None], Override]) -> dict[str, Any]:
    for end in ("origin", "destination"):
        o = named.get((row["flight_id"], end))
        if o is not None:
            row = row | {end: o.airfield, f"{end}_ending": "inferred", f"{end}_probability": None}
    return row


def _decide_end(row: dict[str, Any], named: Mapping[tuple[str, str | None], Override]) -> dict[str, Any]:
    o = named.get((row["flight_id"], row["end"]))
    if o is None:
        return row
    reason = f"{decision_text(o)} [the tracks: {_overruled(row)}]"
    return row | {"airfield": o.airfield, "ending": "inferred", "probability": None, "reason": reason}
