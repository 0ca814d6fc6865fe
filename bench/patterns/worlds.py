"""Worlds as tables: what a fleet did, what was heard of it, and how good the reception was known to be.

Nothing here knows the rules of ``patterns``. Every world is made from a seed and holds its truth.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa

from waystation.terms.case_view import CaseView, Event, Question, Site
from waystation.terms.schema import TABLES

START = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
OLD, NEW = "OSLK", "HL59"
OTHERS = ("LTAG", "HECA", "OJAQ")


@dataclass(frozen=True)
class ShareWorld:
    """Visits of a fleet. ``turns``: days on which its shares go from the old regime to the new, or back."""

    per_week: float
    turns: tuple[float, ...] = ()
    days: int = 360
    detection: float = 0.6
    old: tuple[float, float] = (0.85, 0.05)  # shares of OLD and NEW; the rest goes to others
    new: tuple[float, float] = (0.15, 0.65)
    heard_old_after: float | None = None  # detection at OLD from mid-period on, if only reception changes
    known_right: float | None = None  # labels are doubtful: P(right) of each
    doubt: str = "two places"  # how, see ``_weights``
    legs: bool = False  # visits come in rotations of several airfields
    drift_days: float = 0.0  # how long a turn takes; 0: a step


def case(*questions: Question, days: int = 360) -> CaseView:
    """A case over the world's days, with one event in the middle."""
    return CaseView(
        title="made up",
        period_from=START.date(),
        period_to=(START + timedelta(days=days - 1)).date(),
        sites=(Site(OLD, group="Syria"), Site(NEW, group="Libya")),
        events=(Event("middle", (START + timedelta(days=days // 2)).date()),),
        questions=questions,
    )


def share_tables(world: ShareWorld, rng: np.random.Generator) -> dict[str, pa.Table]:
    """Visits that were heard (and exposures of the sites, where reception changes)."""
    n = rng.poisson(world.per_week / 7 * world.days)
    times = np.sort(rng.uniform(0, world.days, n))
    turned = times if not world.drift_days else times + world.drift_days * (rng.random(n) - 0.5)
    moved = np.searchsorted(np.array(world.turns), turned) % 2 == 1
    make = _rotation if world.legs else _single
    names, trips, when = make(world, times, moved, rng)
    heard = rng.random(len(names)) < world.detection
    if world.heard_old_after is not None:
        late = (when >= world.days / 2) & (names == OLD)
        heard = rng.random(len(names)) < np.where(late, world.heard_old_after, world.detection)
    names, trips, when = names[heard], trips[heard], when[heard]
    out = {"visits": _visits(names, trips, when, world, rng)}
    if world.heard_old_after is not None:
        halves = {OLD: (world.detection, world.heard_old_after)}
        out["exposures"] = exposures(
            {
                s: [
                    *(
                        [
                            halves.get(s, (world.detection,) * 2)[w * 7 >= world.days / 2]
                            for w in range(-(-world.days // 7))
                        ]
                    )
                ]
                for s in (OLD, NEW)
            },
            world.days,
            rng,
        )
    return out


def _single(world, times, moved, rng):
    u = rng.random(len(times))
    a, b = np.where(moved, world.new[0], world.old[0]), np.where(moved, world.new[1], world.old[1])
    others = np.array(OTHERS)[rng.integers(0, len(OTHERS), len(times))]
    names = np.where(u < a, OLD, np.where(u < a + b, NEW, others))
    return names, np.full(len(times), -1), times


def _rotation(_world, times, _moved, rng):
    """Half of the rotations pass OLD, NEW and one other, half two others and home: legs hang together."""
    names, trips, when = [], [], []
    for i, t in enumerate(times[::3]):
        chain = (OLD, NEW, OTHERS[0]) if rng.random() < 0.5 else (OTHERS[1], OTHERS[2], "UUMU")
        for k, name in enumerate(chain):
            names.append(name)
            trips.append(i)
            when.append(t + 0.5 * k)
    return np.array(names, dtype=object), np.array(trips, dtype=int), np.array(when, dtype=float)


def _visits(names, trips, when, world, rng) -> pa.Table:
    n = len(names)
    ids = [f"v{i:05}" for i in range(n)]
    p = np.ones(n)
    rows = [ids, list(names), p.tolist()]
    if world.known_right is not None:
        if world.doubt == "two places":
            places, weights = _two_places(names, world.known_right, rng)
        else:
            places, weights = _weights(names, when, world, rng)
        rows = [ids * len(places), np.concatenate(places).tolist(), np.concatenate(weights).tolist()]
    copies = len(rows[0]) // max(n, 1)
    ms = [START + timedelta(days=float(t)) for t in when] * copies
    group = [None if g < 0 else f"i{g}" for g in trips] * copies
    blank = [None] * len(rows[0])
    columns = {
        "visit_id": rows[0],
        "icao24": ["15408d"] * len(rows[0]),
        "type": ["IL76"] * len(rows[0]),
        "airfield": rows[1],
        "probability": rows[2],
        "arrived_utc": ms,
        "left_utc": blank,
        "arrival_flight": blank,
        "departure_flight": blank,
        "itinerary_id": group,
    }
    return pa.table(columns, schema=TABLES["visits"])


def _two_places(names, right, rng):
    """A report of the place that is right with this probability; both places carry their weight."""
    n = len(names)
    wrong = np.array([NEW if a == OLD else OLD for a in names], dtype=object)
    true = rng.random(n) < right
    said, unsaid = np.where(true, names, wrong), np.where(true, wrong, names)
    return (said, unsaid), (np.full(n, right), np.full(n, 1 - right))


def _weights(names, when, world, rng):
    """A report of any of five places; each place weighs something.

    ``even``: what the report says of each. ``sharper``: reports are worth nothing on the first day and
    ``known_right`` from mid-period on. ``usual``: times the usual shares of the old regime. ``usual, sharper``:
    both. ``learnt``: times the usual shares from mid-period on only.
    """
    n, every = len(names), np.array((OLD, NEW, *OTHERS), dtype=object)
    right = np.full(n, world.known_right)
    if "sharper" in world.doubt:
        right *= np.minimum(1.0, when / (world.days / 2))
    said = np.where(rng.random(n) < right, names, every[rng.integers(0, 5, n)])
    p = np.where(said[:, None] == every, right[:, None], 0.0) + (1 - right[:, None]) / 5
    shares = np.array([*world.old, *[(1 - sum(world.old)) / 3] * 3])
    if "usual" in world.doubt:
        p *= shares
    if world.doubt == "learnt":
        p *= np.where((when >= world.days / 2)[:, None], shares, 1.0)
    p /= p.sum(axis=1, keepdims=True)
    return [np.full(n, a, dtype=object) for a in every], list(p.T)


def exposures(
    detection: dict[str, list[float]], days: int, rng: np.random.Generator, looks: int = 200
) -> pa.Table:
    """Weekly exposures, each measured with ``looks`` looks at other traffic."""
    rows = []
    for subject, weekly in detection.items():
        seen = rng.binomial(looks, np.array(weekly))
        draws = np.sort(rng.beta(seen + 0.5, looks - seen + 0.5, (400, len(seen))), axis=0)
        for w in range(len(weekly)):
            length = min(7, days - 7 * w)
            low, high = draws[20, w] * length, draws[380, w] * length
            start = START + timedelta(days=7 * w)
            rows.append(
                {
                    "subject": subject,
                    "from_utc": start,
                    "to_utc": start + timedelta(days=length),
                    "days": float(length),
                    "exposure_days": float(draws[:, w].mean() * length),
                    "low": float(low),
                    "high": float(high),
                }
            )
    return pa.Table.from_pylist(rows, schema=TABLES["exposures"])


@dataclass(frozen=True)
class RateWorld:
    """Flights OLD > NEW at one rate, or from ``turn`` on at another; detection a week."""

    per_week: float
    per_week_after: float | None = None
    turn: float = 180.0
    days: int = 360
    detection: float = 0.6
    detection_after: float | None = None
    callsigns: tuple[str, str] = ("RFF1", "RFF1")
    countries: dict[str, str] = field(default_factory=lambda: {OLD: "SY", NEW: "LY"})


def rate_tables(world: RateWorld, rng: np.random.Generator) -> dict[str, pa.Table]:
    """Flights that were heard, and the exposure of their route as it was measured."""
    after = world.per_week if world.per_week_after is None else world.per_week_after
    lengths, paces = (world.turn, world.days - world.turn), (world.per_week, after)
    seen_after = world.detection if world.detection_after is None else world.detection_after
    times = np.concatenate(
        [
            rng.uniform(a, a + d, rng.poisson(p / 7 * d * q))
            for a, d, p, q in zip(
                (0.0, world.turn), lengths, paces, (world.detection, seen_after), strict=True
            )
        ]
    )
    weekly = [world.detection if 7 * w < world.turn else seen_after for w in range(-(-world.days // 7))]
    return {
        "flights": flights(
            [(float(t), OLD, NEW, world.callsigns[int(t >= world.turn)]) for t in np.sort(times)]
        ),
        "exposures": exposures({f"{OLD}>{NEW}": weekly}, world.days, rng),
    }


def flights(rows: list[tuple[float, str, str, str]]) -> pa.Table:
    """(day, origin, destination, callsign), both ends seen."""
    made = [
        {
            "flight_id": f"f{i:05}",
            "icao24": "15408d",
            "type": "IL76",
            "callsigns": sign,
            "origin": o,
            "origin_ending": "seen",
            "origin_probability": 1.0,
            "takeoff_utc": START + timedelta(days=t),
            "destination": d,
            "destination_ending": "seen",
            "destination_probability": 1.0,
            "landing_utc": START + timedelta(days=t, hours=4),
            "first_seen_utc": START + timedelta(days=t),
            "last_seen_utc": START + timedelta(days=t, hours=4),
        }
        for i, (t, o, d, sign) in enumerate(rows)
    ]
    return pa.Table.from_pylist(made, schema=TABLES["flights"])


MOTIFS = (
    ("UUMU", OLD, "UUMU"),
    ("UUMU", "LTAG", "UUMU"),
    ("UUMU", "HECA", "UUMU"),
    ("UUMU", OLD, "HECA", "UUMU"),
    ("UUMU", "OJAQ", "UUMU"),
    ("UUMU", NEW, "UUMU"),
)
USUAL = (0.70, 0.12, 0.08, 0.06, 0.04, 0.0)
STRONG = (0.10, 0.36, 0.24, 0.18, 0.12, 0.0)
MILD = (0.40, 0.24, 0.16, 0.12, 0.08, 0.0)
ELSEWHERE = (0.10, 0.12, 0.08, 0.06, 0.04, 0.60)  # the lost share goes where nobody went before


def rotation_tables(
    n_old: int, n_new: int, shares: tuple[float, ...], rng: np.random.Generator, days: int = 360
) -> dict[str, pa.Table]:
    """``n_old`` itineraries before mid-period by the usual shares, ``n_new`` after it by ``shares``."""
    half = days / 2
    when = np.concatenate(
        [
            np.sort(rng.uniform(0, half - 5, n_old)),
            np.sort(rng.uniform(half, half + half * n_new / n_old, n_new)),
        ]
    )
    kinds = np.concatenate(
        [rng.choice(len(MOTIFS), n_old, p=USUAL), rng.choice(len(MOTIFS), n_new, p=shares)]
    )
    legs, trips = [], []
    for i, (t, kind) in enumerate(zip(when, kinds, strict=True)):
        places, at, ids = MOTIFS[kind], float(t), []
        for o, d in pairwise(places):
            ids.append(f"f{len(legs):05}")
            legs.append((at, o, d, "RFF1"))
            at += 4 / 24 + float(np.exp(rng.normal(np.log(3.0), 0.6))) / 24
        trips.append(
            {
                "itinerary_id": f"i{i:04}",
                "icao24": f"15400{rng.integers(8)}",
                "flight_ids": ids,
                "airfields": list(places),
                "from_utc": START + timedelta(days=float(t)),
                "to_utc": START + timedelta(days=at),
                "home": "UUMU",
                "closed": True,
                "probability": 1.0,
            }
        )
    return {
        "flights": flights(legs),
        "itineraries": pa.Table.from_pylist(trips, schema=TABLES["itineraries"]),
    }


def day_of(time: datetime) -> float:
    """Days since the start."""
    return (time - START) / timedelta(days=1)


def middle(days: int = 360) -> date:
    """The event's date."""
    return (START + timedelta(days=days // 2)).date()
