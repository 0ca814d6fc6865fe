"""For ends that were not seen: which airfields, how probable, and when a name may be given.

states ─prune▶ ≤ 240 fields an end ─score▶ + silence + next sighting + habits ─softmax▶ rows, set, name
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from waystation.flights.field_table import FieldTable, field_table, operator_home
from waystation.flights.model import EndingModel, load_model, temperature, who_flies
from waystation.flights.reach import ReachRules, reach_score
from waystation.flights.sequence import tie_pairs
from waystation.terms.geodesy import unit_vectors
from waystation.terms.units import EARTH_RADIUS_KM

if TYPE_CHECKING:
    from waystation.flights.history import History
    from waystation.flights.score_kernel import Fields, Who
    from waystation.flights.states import EndStates
    from waystation.world.airfields import Airfields

__all__ = ["OTHER", "RankRules", "Ranked", "Silence", "rank_ends"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OTHER = -1  # the row that holds everything not listed
REACH_RULES = ReachRules()
PART_OF_FIELD = 7  # "field" in features.PARTS; a test keeps them together
WATER_PENALTY = 5.0  # transports do not alight on water; in the table for those that do. Not fitted


class Silence(Protocol):
    """Log probability that nothing would have been heard on the way from each end to each of its fields."""

    def __call__(self, states: EndStates, airfield: Ints) -> Floats:
        """``airfield``: (ends, candidates) indices, -1 for none; returns the same shape, at most 0."""


@dataclass(frozen=True)
class RankRules:
    """How posteriors become rows."""

    list_mass: float = 0.99  # rows are listed until they hold this much of what is not OTHER by nature …
    max_rows: int = 50  # … or are this many
    min_rows: int = 3  # … and at least these, so that a rival can be named
    off: float = 0.3  # chance of a transponder off whatever the reception: it bounds the silence term
    quiet_fields: int = 40  # the silence term is worked out for this many of the best; it seldom lifts others
    far_field_km: float = 30.0  # the other extreme of a track belongs to a field this near
    far_low_ft: float = 9000.0  # … if it was this low
    history_cap: float = 1000.0  # odds that habits may add to or take from one field


@dataclass(frozen=True)
class Ranked:
    """Candidates of ends; those of end ``e`` are the rows from ``start[e]``, best first, OTHER last.

    ``probability`` adds up to 1 within an end, and so does ``evidence_only``, the same without history; rows
    are those of ``probability``. ``airfield``: index into the airfield table, ``OTHER`` for the rest.
    Per end: ``name`` is the airfield that may be named (-1: none), ``why_no_name`` what forbids it.
    """

    start: Ints
    airfield: Ints
    probability: Floats
    evidence_only: Floats
    in_set_90: NDArray[np.bool_]
    name: Ints
    name_probability: Floats
    why_no_name: NDArray[np.object_]
    set_size: Ints  # fields in the 90 % set; the set also holds OTHER where its row is marked


@dataclass(frozen=True)
class Scores:
    """Candidates before they are weighed. Arrays (ends, keep); ``rows`` of the field table, -1 none."""

    rows: Ints
    airfield: Ints
    score: Floats
    field_part: Floats


def context(
    states: EndStates, airfields: Airfields, table: FieldTable, rules: RankRules = RankRules()
) -> tuple[Ints, Ints, Ints]:
    """Return (country at the other extreme, country of the operator, rows of its bases); -1 unknown."""
    country, bases = operator_home(states.operator, airfields, table)
    far = np.full(len(states), -1, dtype=np.int64)
    low = np.flatnonzero(states.far_altitude_ft < rules.far_low_ft)
    if len(low) and len(table.major):
        chord, near = table.major_tree.query(unit_vectors(states.far_lat[low], states.far_lon[low]))
        ok = chord * EARTH_RADIUS_KM < rules.far_field_km
        far[low[ok]] = table.country[table.major[near[ok]]]
    return far, country, bases


def matrix(states: EndStates) -> Floats:
    """Return the states as the kernels read them, a row per end."""
    from waystation.flights.state_kernel import COLUMNS

    return np.ascontiguousarray(np.stack([getattr(states, name) for name in COLUMNS], axis=1))


def score_ends(
    states: EndStates,
    airfields: Airfields,
    model: EndingModel,
    rules: RankRules = RankRules(),
    must: Ints | None = None,
) -> Scores:
    """Return the airfields worth weighing for every end, and their scores from place and motion.

    ``must``: (ends, any number) airfield indices to weigh if they are within reach, -1 for none.
    """
    from waystation.flights.prune_blocks import blocks_of
    from waystation.flights.prune_kernel import prune
    from waystation.flights.score_kernel import score_sums

    table = field_table(airfields)
    wanted = states.next_airfield[:, None]
    if must is not None:
        wanted = np.concatenate([wanted, must], axis=1)
    wanted_rows = np.where(wanted >= 0, table.position[wanted], -1)
    who = _who(states, airfields, table, rules)
    plain = matrix(states)
    rows = prune(plain, who.bases, wanted_rows, blocks_of(table), model.reach_km, model.keep)
    score, field_part = score_sums(plain, rows, who, _fields(table), model.beta)
    score[(rows >= 0) & table.water[rows]] -= WATER_PENALTY
    return Scores(rows, np.where(rows >= 0, table.index[rows], OTHER), score, field_part)


def score_parts(
    states: EndStates,
    airfields: Airfields,
    model: EndingModel,
    rows: Ints,
    rules: RankRules = RankRules(),
) -> NDArray[np.float32]:
    """Return what each of ``features.PARTS`` adds to the score of ``rows`` of the field table (-1 none)."""
    from waystation.flights import score_kernel
    from waystation.flights.features import PARTS

    table = field_table(airfields)
    parts = np.zeros((*rows.shape, len(PARTS)), dtype=np.float32)
    who = _who(states, airfields, table, rules)
    score_kernel.score_parts(matrix(states), rows, who, _fields(table), model.beta, parts)
    return parts


def _who(states: EndStates, airfields: Airfields, table: FieldTable, rules: RankRules) -> Who:
    from waystation.flights.score_kernel import Who

    far, home, bases = context(states, airfields, table, rules)
    return Who(states.is_origin, far, home, bases, who_flies(states))


def _fields(t: FieldTable) -> Fields:
    from waystation.flights.prune_blocks import blocks_of
    from waystation.flights.score_kernel import Fields

    b = blocks_of(t)
    return Fields(
        t.lat, t.lon, b.lat_rad, b.sin_lat, b.cos_lat, t.elevation_ft, t.attributes, t.runway_deg, t.country
    )


def rank_ends(
    states: EndStates,
    airfields: Airfields,
    model: EndingModel | None = None,
    *,
    history: History | None = None,
    airframe: NDArray[np.object_] | None = None,
    other: Ints | None = None,
    pairs: Ints | None = None,
    silence: Silence | None = None,
    rules: RankRules = RankRules(),
    reach: ReachRules = REACH_RULES,
) -> Ranked:
    """Return the ranked candidates of every end.

    ``history``: what was known before; ends use only what is older than they are. It needs ``airframe``, an
    identifier per end, and gains from ``other``, the airfield at the flight's other end (-1 unknown).
    ``pairs``: (m, 2), a hidden landing and the hidden takeoff that follows it; an end stands in at most one.
    ``silence``: what reception says about each way; without it nothing is assumed.
    ``next_*`` in the states act through ``reach``.
    """
    from waystation.flights.rank_kernel import posteriors

    model = load_model() if model is None else model
    n = len(states)
    if history is not None and airframe is None:
        raise ValueError("history needs an airframe per end: pass airframe=")
    frames = np.full(n, "", dtype=object) if airframe is None else airframe
    beyond = np.full(n, -1, dtype=np.int64) if other is None else other
    must = history.usual(states, frames) if history is not None else None
    scores = score_ends(states, airfields, model, rules, must)
    t = temperature(model, states)
    looks = scores.field_part / t
    gain = reach_score(states, airfields, scores.airfield, reach)
    if silence is not None:
        _add_quiet(states, scores, silence, rules, gain)
    ties = np.zeros((0, 2), dtype=np.int64) if pairs is None else pairs

    def weighed(odds: Floats) -> Floats:
        p = np.empty(scores.score.shape)
        bound = float(np.log(rules.history_cap))
        posteriors(scores.score, t[:, 0], gain, odds, bound, 1.0 - model.other, p)
        return tie_pairs(p, scores.airfield, looks, ties, states, reach)

    evidence = weighed(np.ones((0, 0)))
    full = evidence
    if history is not None:
        full = weighed(history.odds(states, frames, beyond, scores.airfield, looks))
    return _rows(states, scores.airfield, full, evidence, model, rules)


def _add_quiet(states: EndStates, scores: Scores, silence: Silence, rules: RankRules, gain: Floats) -> None:
    """Add what silence on the way says; worked out for the best fields, the others get their median."""
    from waystation.flights.rank_kernel import add_quiet, best_of

    best = best_of(scores.score, min(rules.quiet_fields, scores.score.shape[1]))
    add_quiet(best, silence(states, np.take_along_axis(scores.airfield, best, axis=1)), rules.off, gain)


def _rows(
    states: EndStates, airfield: Ints, p: Floats, evidence: Floats, model: EndingModel, rules: RankRules
) -> Ranked:
    from waystation.flights.rank_kernel import list_rows

    n, room = len(states), len(states) * (rules.max_rows + 1)
    start, size = np.empty(n + 1, dtype=np.int64), np.empty(n, dtype=np.int64)
    field, in_set = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.bool_)
    mine, own = np.empty(room), np.empty(room)
    list_rows(
        p, evidence, airfield, rules.max_rows, rules.min_rows, rules.list_mass * (1.0 - model.other),
        model.set_mass, start, field, mine, own, in_set, size,
    )  # fmt: skip
    m = int(start[-1])
    rows = Ranked(
        start=start,
        airfield=field[:m],
        probability=mine[:m],
        evidence_only=own[:m],
        in_set_90=in_set[:m],
        name=np.full(n, OTHER, dtype=np.int64),
        name_probability=np.full(n, np.nan),
        why_no_name=np.full(n, "", dtype=object),
        set_size=size,
    )
    _names(states, rows, np.diff(start) - 1, model)
    return rows


def _names(states: EndStates, rows: Ranked, counts: Ints, model: EndingModel) -> None:
    best, height = rows.probability[rows.start[:-1]], states.altitude_ft
    none, weak, high = counts == 0, best < model.name_from, height > model.name_below_ft
    named = np.flatnonzero(~none & ~weak & ~high)
    rows.name[named] = rows.airfield[rows.start[named]]
    rows.name_probability[named] = best[named]
    below = f"names are given below {model.name_below_ft:,.0f} ft"
    for e in np.flatnonzero(~none & ~weak & high).tolist():
        rows.why_no_name[e] = f"last seen on its way at {height[e]:,.0f} ft; {below}"
    for e in np.flatnonzero(~none & weak).tolist():
        rows.why_no_name[e] = f"the likeliest has {best[e]:.2f}, a name needs {model.name_from:.2f}"
    rows.why_no_name[none] = "no airfield within reach"
