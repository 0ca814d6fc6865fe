"""Airfields for the ends that nobody saw: candidates, and a name where one is probable enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from waystation.flights.candidates import OTHER, Ranked, rank_ends
from waystation.flights.history import History, history_of
from waystation.flights.ident_words import ident_words
from waystation.flights.put import put
from waystation.flights.reasons import reasons
from waystation.flights.states import designator
from waystation.flights.unseen import split_unseen
from waystation.flights.worded import word
from waystation.terms.schema import TABLES, empty

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.candidates import Silence
    from waystation.flights.unseen import Unseen
    from waystation.world.airfields import Airfields

__all__ = ["Inferred", "history_from", "infer"]

ENDS = ("destination", "origin")
PART_ENDS = 5000  # ends whose candidates are weighed at once: 240 for each, some hundred MB
NOWHERE = "on the ground where the table has no airfield"


class Inferred(NamedTuple):
    """What ``infer`` returns: the tables with inferred ends filled in, and the candidates."""

    flights: pa.Table
    ends: pa.Table
    candidates: pa.Table


def history_from(flights: pa.Table, airfields: Airfields) -> History:
    """Return the visits that observed ends of ``flights`` stand for; each acts only on later ends."""
    sides = [
        _visits(flights, end, other, time, airfields)
        for end, other, time in (
            ("origin", "destination", "first_seen_utc"),
            ("destination", "origin", "last_seen_utc"),
        )
    ]
    flight, *columns = (np.concatenate(c) for c in zip(*sides, strict=True))
    order = np.argsort(flight, kind="stable")  # by flight, origin first
    flight, (t, here, there, landing, p) = flight[order], (c[order] for c in columns)
    callsigns, types = (_texts(flights, c, flight) for c in ("callsigns", "type"))
    return history_of(
        t,
        here,
        there,
        landing,
        p,
        _texts(flights, "icao24", flight),
        np.array([designator((c or "").split(",")[0]) for c in callsigns], dtype=object),
        np.array([x or "" for x in types], dtype=object),
        airfields.lat[here],
        airfields.lon[here],
    )


def _visits(
    flights: pa.Table, end: str, other: str, time: str, airfields: Airfields
) -> tuple[NDArray[Any], ...]:
    """Return flight, time (s), airfield, airfield at the other end, whether it landed there, probability."""
    seen = pc.is_in(flights.column(f"{end}_ending"), value_set=pa.array(["seen", "approach"]))
    at = np.flatnonzero(seen.to_numpy())
    idents = pa.array(airfields.ident, pa.string())
    here, there = (
        pc.index_in(flights.column(c), value_set=idents).fill_null(-1).to_numpy()[at].astype(np.int64)
        for c in (end, other)
    )
    t = flights.column(time).cast(pa.int64()).to_numpy()[at] / 1000.0
    p = flights.column(f"{end}_probability").to_numpy()[at]
    return at, t, here, there, np.full(len(at), end == "destination"), p


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
    candidates = []
    for part in split_unseen(unseen, PART_ENDS):
        flights, ends, rows = _infer_part(flights, ends, part, airfields, history, silence)
        candidates.append(rows)
    return Inferred(flights, ends, pa.concat_tables(candidates).combine_chunks())


def _infer_part(
    flights: pa.Table,
    ends: pa.Table,
    unseen: Unseen,
    airfields: Airfields,
    history: History | None,
    silence: Silence | None,
) -> tuple[pa.Table, pa.Table, pa.Table]:
    ranked = rank_ends(
        unseen.states,
        airfields,
        history=history,
        airframe=_texts(flights, "icao24", unseen.flight),
        other=unseen.other,
        pairs=unseen.pairs,
        silence=silence,
    )
    text = reasons(unseen.states, airfields, ranked)
    rows, first = _rows(unseen, ranked, text)
    candidates = _table(flights, unseen, rows, airfields)
    named = _named(ends, unseen, ranked)
    why = text.take(pa.array(first))
    flights = _flights(flights, unseen, ranked, named, airfields)
    return flights, _ends(ends, unseen, ranked, named, why, airfields), candidates


def _texts(table: pa.Table, name: str, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    taken = table.column(name).take(pa.array(rows))
    return np.asarray(taken.to_numpy(), dtype=object)


class _Rows(NamedTuple):
    end: NDArray[np.int64]
    rank: NDArray[np.int64]
    airfield: NDArray[np.int64]
    probability: NDArray[np.float64]
    evidence_only: NDArray[np.float64]
    in_set: NDArray[np.bool_]
    reason: pa.Array


def _rows(unseen: Unseen, ranked: Ranked, text: pa.Array) -> tuple[_Rows, NDArray[np.int64]]:
    """Return candidate rows of all ends: as ranked, or bent to what ``approach`` or the ground says."""
    from waystation.flights.rank_kernel import AS_RANKED, bend

    end = np.repeat(np.arange(len(unseen)), np.diff(ranked.start))
    p, q, in_set = ranked.probability.copy(), ranked.evidence_only.copy(), ranked.in_set_90.copy()
    keep, order = np.ones(len(p), dtype=np.bool_), np.arange(len(p))
    wanted = np.where(unseen.nowhere, OTHER, np.where(unseen.fixed >= 0, unseen.fixed, AS_RANKED))
    mass = np.where(unseen.nowhere, 1.0, unseen.fixed_probability)
    bend(ranked.start, wanted, mass, ranked.airfield, p, q, in_set, keep, order)
    order = order[keep[order]]
    sorted_end = end[order]
    begins = np.searchsorted(sorted_end, np.arange(len(unseen)))
    rank = np.arange(len(order)) - begins[sorted_end] + 1
    reason = text if len(order) == len(text) and (np.diff(order) == 1).all() else text.take(pa.array(order))
    if unseen.nowhere.any():
        reason = pc.if_else(pa.array(unseen.nowhere[sorted_end]), word(NOWHERE), reason)
    rows = _Rows(sorted_end, rank, ranked.airfield[order], p[order], q[order], in_set[order], reason)
    return rows, order[begins]


def _idents(airfields: Airfields, index: NDArray[np.int64]) -> pa.Array:
    return ident_words(airfields).take(pa.array(np.where(index >= 0, index, len(airfields))))


def _table(flights: pa.Table, unseen: Unseen, rows: _Rows, airfields: Airfields) -> pa.Table:
    sides = pa.array(ENDS).take(pa.array(unseen.states.is_origin[rows.end].astype(np.int64)))
    columns = {
        "flight_id": flights.column("flight_id").take(pa.array(unseen.flight[rows.end])),
        "end": sides,
        "rank": rows.rank,
        "airfield": _idents(airfields, rows.airfield),
        "probability": rows.probability,
        "evidence_only_probability": rows.evidence_only,
        "in_set_90": rows.in_set,
        "reasons": rows.reason,
    }
    schema = TABLES["candidates"]
    made = pa.table({f.name: columns[f.name] for f in schema})
    return made.cast(schema).combine_chunks()


def _named(ends: pa.Table, unseen: Unseen, ranked: Ranked) -> NDArray[np.bool_]:
    """Return per unseen end whether it gets a name here: open so far, and probable enough."""
    ending = _texts(ends, "ending", 2 * unseen.flight + ~unseen.states.is_origin)
    open_ = (ending == "unknown") | (ending == "outside")  # a field beyond the edge of reception may be sure
    return np.asarray(open_ & ~unseen.nowhere & (ranked.name >= 0))


def _flights(
    flights: pa.Table, unseen: Unseen, ranked: Ranked, named: NDArray[np.bool_], airfields: Airfields
) -> pa.Table:
    for origin, name in ((True, "origin"), (False, "destination")):
        at = np.flatnonzero(named & (unseen.states.is_origin == origin))
        flights = put(flights, name, unseen.flight[at], _idents(airfields, ranked.name[at]))
        flights = put(flights, f"{name}_ending", unseen.flight[at], ["inferred"] * len(at))
        flights = put(flights, f"{name}_probability", unseen.flight[at], ranked.name_probability[at].tolist())
    return flights


def _ends(
    ends: pa.Table,
    unseen: Unseen,
    ranked: Ranked,
    named: NDArray[np.bool_],
    why: pa.Array,
    airfields: Airfields,
) -> pa.Table:
    row = 2 * unseen.flight + ~unseen.states.is_origin
    at = np.flatnonzero(named)
    ends = put(ends, "airfield", row[at], _idents(airfields, ranked.name[at]))
    ends = put(ends, "ending", row[at], ["inferred"] * len(at))
    ends = put(ends, "probability", row[at], ranked.name_probability[at].tolist())
    ends = put(ends, "reason", row[at], why.take(pa.array(at)))
    open_ = np.flatnonzero((_texts(ends, "ending", row) == "unknown") & (ranked.why_no_name != ""))
    told = _texts(ends, "reason", row[open_])
    both = [f"{a}; {b}" for a, b in zip(told, ranked.why_no_name[open_], strict=True)]
    return put(ends, "reason", row[open_], both)
