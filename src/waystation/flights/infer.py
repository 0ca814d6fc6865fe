"""Airfields for the ends that nobody saw: candidates, and a name where one is probable enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from waystation.flights.candidates import OTHER, Ranked, rank_ends
from waystation.flights.history import History, history_of
from waystation.flights.reasons import reasons
from waystation.flights.states import designator
from waystation.terms.schema import TABLES, empty

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.candidates import Silence
    from waystation.flights.unseen import Unseen
    from waystation.world.airfields import Airfields

__all__ = ["Inferred", "history_from", "infer"]

ENDS = ("destination", "origin")
NOWHERE = "on the ground where the table has no airfield"


class Inferred(NamedTuple):
    """What ``infer`` returns: the tables with inferred ends filled in, and the candidates."""

    flights: pa.Table
    ends: pa.Table
    candidates: pa.Table


def history_from(flights: pa.Table, airfields: Airfields) -> History:
    """Return the visits that observed ends of ``flights`` stand for; each acts only on later ends."""
    columns: dict[str, list[object]] = {
        k: [] for k in ("t", "here", "there", "landing", "p", "icao24", "callsigns", "type")
    }
    index = airfields.index
    for row in flights.to_pylist():
        for end, other, time in (
            ("origin", "destination", "first_seen_utc"),
            ("destination", "origin", "last_seen_utc"),
        ):
            if row[f"{end}_ending"] not in ("seen", "approach"):
                continue
            columns["t"].append(row[time].timestamp())
            columns["here"].append(index.get(row[end], -1))
            columns["there"].append(index.get(row[other] or "", -1))
            columns["landing"].append(end == "destination")
            columns["p"].append(row[f"{end}_probability"])
            columns["icao24"].append(row["icao24"])
            columns["callsigns"].append(designator((row["callsigns"] or "").split(",")[0]))
            columns["type"].append(row["type"] or "")
    here = np.array(columns["here"], dtype=np.int64)
    return history_of(
        np.array(columns["t"], dtype=np.float64),
        here,
        np.array(columns["there"], dtype=np.int64),
        np.array(columns["landing"], dtype=np.bool_),
        np.array(columns["p"], dtype=np.float64),
        np.array(columns["icao24"], dtype=object),
        np.array(columns["callsigns"], dtype=object),
        np.array(columns["type"], dtype=object),
        airfields.lat[here] if len(here) else np.zeros(0),
        airfields.lon[here] if len(here) else np.zeros(0),
    )


def infer(
    flights: pa.Table,
    ends: pa.Table,
    unseen: Unseen,
    airfields: Airfields,
    *,
    history: History | None = None,
    silence: Silence | None = None,
) -> Inferred:
    """Rank airfields for every unseen end; name those that are probable enough.

    ``flights`` and ``ends``: observed, in the order that ``unseen.flight`` counts. ``history``: visits of all
    aircraft (``history_from``); without it both probabilities are the same.
    """
    if not len(unseen):
        return Inferred(flights, ends, empty("candidates"))
    addresses = np.array(flights.column("icao24").to_pylist(), dtype=object)
    ranked = rank_ends(
        unseen.states,
        airfields,
        history=history,
        airframe=addresses[unseen.flight],
        other=unseen.other,
        pairs=unseen.pairs,
        silence=silence,
    )
    text = reasons(unseen.states, airfields, ranked)
    rows, first = _rows(unseen, ranked, text)
    candidates = _table(flights, unseen, rows, airfields)
    named = _named(ends, unseen, ranked)
    return Inferred(
        _flights(flights, unseen, ranked, named, airfields),
        _ends(ends, unseen, ranked, named, [text[k] for k in first], airfields),
        candidates,
    )


class _Rows(NamedTuple):
    end: NDArray[np.int64]
    rank: NDArray[np.int64]
    airfield: NDArray[np.int64]
    probability: NDArray[np.float64]
    evidence_only: NDArray[np.float64]
    in_set: NDArray[np.bool_]
    reason: list[str]


def _rows(unseen: Unseen, ranked: Ranked, text: list[str]) -> tuple[_Rows, NDArray[np.int64]]:
    """Return candidate rows of all ends: as ranked, or bent to what ``approach`` or the ground says."""
    counts = np.diff(ranked.start)
    end = np.repeat(np.arange(len(unseen)), counts)
    p, q = ranked.probability.copy(), ranked.evidence_only.copy()
    keep = np.ones(len(p), dtype=np.bool_)
    in_set = ranked.in_set_90.copy()
    for e in np.flatnonzero((unseen.fixed >= 0) | unseen.nowhere):
        part = slice(ranked.start[e], ranked.start[e + 1])
        wanted = OTHER if unseen.nowhere[e] else unseen.fixed[e]
        mass = 1.0 if unseen.nowhere[e] else unseen.fixed_probability[e]
        hit = ranked.airfield[part] == wanted
        if not hit.any():  # not ranked at all: let it stand first, all others are OTHER
            ranked.airfield[part.start] = wanted
            hit[0] = True
        for values in (p, q):
            rest = values[part][~hit].sum()
            values[part] = np.where(hit, mass, values[part] * ((1.0 - mass) / rest if rest > 0 else 0.0))
        last = part.stop - 1
        missing = 1.0 - p[part].sum(), 1.0 - q[part].sum()
        p[last], q[last] = p[last] + missing[0], q[last] + missing[1]
        keep[part] = (p[part] > 0) | hit
        in_set[part] = hit
    order = np.lexsort((-p, ranked.airfield == OTHER, end))
    order = order[keep[order]]
    sorted_end = end[order]
    begins = np.searchsorted(sorted_end, np.arange(len(unseen)))
    rank = np.arange(len(order)) - begins[sorted_end] + 1
    reason = [NOWHERE if unseen.nowhere[end[k]] else text[k] for k in order]
    rows = _Rows(sorted_end, rank, ranked.airfield[order], p[order], q[order], in_set[order], reason)
    return rows, order[begins]


def _idents(airfields: Airfields, index: NDArray[np.int64]) -> list[str]:
    return [str(airfields.ident[a]) if a >= 0 else "OTHER" for a in index]


def _table(flights: pa.Table, unseen: Unseen, rows: _Rows, airfields: Airfields) -> pa.Table:
    ids = flights.column("flight_id").to_pylist()
    columns = {
        "flight_id": [ids[f] for f in unseen.flight[rows.end]],
        "end": [ENDS[o] for o in unseen.states.is_origin[rows.end].astype(int)],
        "rank": rows.rank,
        "airfield": _idents(airfields, rows.airfield),
        "probability": rows.probability,
        "evidence_only_probability": rows.evidence_only,
        "in_set_90": rows.in_set,
        "reasons": rows.reason,
    }
    schema = TABLES["candidates"]
    return pa.table([pa.array(columns[f.name], f.type) for f in schema], schema=schema)


def _named(ends: pa.Table, unseen: Unseen, ranked: Ranked) -> NDArray[np.bool_]:
    """Return per unseen end whether it gets a name here: open so far, and probable enough."""
    ending = np.array(ends.column("ending").to_pylist(), dtype=object)
    row = 2 * unseen.flight + ~unseen.states.is_origin
    open_ = np.isin(ending[row], ("unknown", "outside"))  # a field beyond the edge of reception may be sure
    return np.asarray(open_ & ~unseen.nowhere & (ranked.name >= 0))


def _flights(
    flights: pa.Table, unseen: Unseen, ranked: Ranked, named: NDArray[np.bool_], airfields: Airfields
) -> pa.Table:
    for origin, name in ((True, "origin"), (False, "destination")):
        at = np.flatnonzero(named & (unseen.states.is_origin == origin))
        flights = _put(flights, name, unseen.flight[at], _idents(airfields, ranked.name[at]))
        flights = _put(flights, f"{name}_ending", unseen.flight[at], ["inferred"] * len(at))
        flights = _put(
            flights, f"{name}_probability", unseen.flight[at], ranked.name_probability[at].tolist()
        )
    return flights


def _ends(
    ends: pa.Table,
    unseen: Unseen,
    ranked: Ranked,
    named: NDArray[np.bool_],
    why: list[str],
    airfields: Airfields,
) -> pa.Table:
    row = 2 * unseen.flight + ~unseen.states.is_origin
    at = np.flatnonzero(named)
    ends = _put(ends, "airfield", row[at], _idents(airfields, ranked.name[at]))
    ends = _put(ends, "ending", row[at], ["inferred"] * len(at))
    ends = _put(ends, "probability", row[at], ranked.name_probability[at].tolist())
    ends = _put(ends, "reason", row[at], [why[k] for k in at])
    told = ends.column("reason").to_pylist()
    ending = ends.column("ending").to_pylist()
    open_ = [k for k in range(len(unseen)) if ending[row[k]] == "unknown" and ranked.why_no_name[k]]
    return _put(ends, "reason", row[open_], [f"{told[row[k]]}; {ranked.why_no_name[k]}" for k in open_])


def _put(table: pa.Table, name: str, rows: NDArray[np.int64], values: list[object] | list[str]) -> pa.Table:
    """Return the table with ``values`` in some rows of one column."""
    if not len(rows):
        return table
    at = table.schema.get_field_index(name)
    kind = table.schema.field(at).type
    mask = np.zeros(table.num_rows, dtype=np.bool_)
    mask[rows] = True
    order = np.argsort(rows, kind="stable")
    given = pa.array([values[k] for k in order], kind)
    column = pc.replace_with_mask(table.column(at).combine_chunks(), pa.array(mask), given)
    return table.set_column(at, table.schema.field(at), column)
