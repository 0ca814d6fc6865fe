"""A scenario → raw files with their truth. One aircraft at a time, so that the work can be shared out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from waystation.simulate.dice import dice
from waystation.simulate.faults import Body, disturbed, flipped, typos
from waystation.simulate.habits import dark_km, transmitting
from waystation.simulate.motion import Motion, fly
from waystation.simulate.performance import PERFORMANCE
from waystation.simulate.places import place
from waystation.simulate.plans import Rotation, Tail, plan
from waystation.simulate.receivers import received
from waystation.simulate.routes import corners
from waystation.simulate.sampling import sample
from waystation.simulate.traces import Identity, Sent, trace_files
from waystation.simulate.truth import TrueFlight, truth_files
from waystation.terms.geodesy import distance_km
from waystation.terms.identifiers import content_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waystation.simulate.places import Place
    from waystation.simulate.scenario import Scenario

__all__ = ["Flown", "build", "fly_tail"]

_NEAR_KM: Final = 40.0  # of an airfield: within this the lowest height heard is noted
_HOME_S: Final = 5400.0  # between two rotations of one aircraft, at least
_BETWEEN_S: Final = (0.0, 5400.0)  # a stranger with the same address leaves this much later


@dataclass(frozen=True)
class Flown:
    """All that one aircraft left: trace files, and its true flights."""

    files: tuple[tuple[str, bytes], ...]
    flights: tuple[TrueFlight, ...]


def build(s: Scenario) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of every file of the archive: traces aircraft by aircraft, then truth and notice.

    The same scenario gives the same bytes. Raises ``CaseError`` for airfields that are not in the table.
    """
    truth: list[TrueFlight] = []
    for tail in plan(s):
        flown = fly_tail(s, tail)
        yield from flown.files
        truth += flown.flights
    yield from truth_files(s, truth)


def fly_tail(s: Scenario, tail: Tail) -> Flown:
    """Fly everything that one aircraft has to do."""
    own: list[Sent] = []
    misread: list[Sent] = []
    truth: list[TrueFlight] = []
    free = -np.inf
    for number, rotation in enumerate(tail.rotations):
        at = max(rotation.start_s, free)
        for leg in range(len(rotation.airfields) - 1):
            landed = _leg(s, tail, rotation, number, leg, at, own, misread, truth)
            at = landed + (rotation.stays_s[leg] if leg < len(rotation.stays_s) else 0.0)
        free = at + _HOME_S
    rng = dice(s.seed, "traces", tail.icao24)
    files = [
        *trace_files(_identity(tail), own, s.mark, rng),
        *trace_files(Identity(tail.misread), misread, s.mark, rng),
    ]
    return Flown(tuple(files), tuple(truth))


def _identity(tail: Tail) -> Identity:
    f = tail.fleet
    return Identity(
        tail.icao24, tail.registration, f.type, PERFORMANCE[f.type].description, f.operator, f.military
    )


def _leg(
    s: Scenario, tail: Tail, r: Rotation, number: int, leg: int, at: float,
    own: list[Sent], misread: list[Sent], truth: list[TrueFlight],
) -> float:  # fmt: skip
    """Fly one flight; add what was heard of it to the lists, and return when it landed (s)."""
    rng = dice(s.seed, "flight", tail.icao24, number, leg)
    f = tail.fleet
    o, d = place(r.airfields[leg]), place(r.airfields[leg + 1])
    on = datetime.fromtimestamp(at, UTC).date()
    motion = fly(f.type, o, d, corners(o, d, on, f.airspace), at, s.seed, rng)
    off = (dark_km(s, f.id, o, on, rng), dark_km(s, f.id, d, on, rng))
    body = _heard(s, motion, o, d, f.type, off, tail.mlat, rng)
    body, stray = typos(body, s.faults.address_typos, rng)
    call, squawk = f"{r.callsign}{int(rng.integers(1000, 9999))}", f"{int(rng.integers(0, 4096)):04o}"
    p = PERFORMANCE[f.type]
    say = (call, squawk, p.category, p.version, tail.mlat)
    own.append(Sent(body, *say))
    if stray is not None:
        misread.append(Sent(stray, *say))
    if rng.random() < s.faults.duplicate_addresses and s.line:
        stranger = _stranger(s, tail, motion.takeoff_s + rng.uniform(*_BETWEEN_S), rng)
        own.append(stranger[0])
        truth.append(stranger[1])
        body = Body(body.sent, body.nic, body.nac_p, body.said_ground, (*body.faults, "duplicate-address"))
    rotation = content_id(s.mark, tail.icao24, number)
    leg_of = _Leg(r.role, r.regime, rotation, o, d, motion, off)
    truth.append(_true(_identity(tail), Sent(body, *say), leg_of))
    return motion.landing_s


def _heard(
    s: Scenario,
    m: Motion,
    o: Place,
    d: Place,
    kind: str,
    off: tuple[float, float],
    mlat: bool,
    rng: np.random.Generator,
) -> Body:
    h = sample(m, rng)
    sent = transmitting(h, o, d, *off)
    ground = np.where(h.time_s - m.takeoff_s < m.landing_s - h.time_s, o.elevation_ft, d.elevation_ft)
    kept = sent & received(s, h, ground, mlat, rng)
    h = h.take(kept)
    n = len(h.time_s)
    nic = np.where(rng.random(n) < 0.97, 8, 7) if PERFORMANCE[kind].version == 2 else np.full(n, 7)
    nac = np.full(n, 9 if PERFORMANCE[kind].version == 2 else 7)
    body = Body(h, nic, nac, h.on_ground.copy())
    if mlat or not n:
        return body
    body = disturbed(s, body, datetime.fromtimestamp(m.takeoff_s, UTC).date(), rng)
    return flipped(body, s.faults.ground_flips, (m.takeoff_s, m.landing_s), rng)


def _stranger(s: Scenario, tail: Tail, at: float, rng: np.random.Generator) -> tuple[Sent, TrueFlight]:
    """Another aircraft, on a line of the scenario, that sends this aircraft's address."""
    line = s.line[int(rng.integers(len(s.line)))]
    fleet = next(f for f in s.fleet if f.id == line.fleet)
    o, d = place(line.route[0]), place(line.route[1])
    m = fly(
        fleet.type,
        o,
        d,
        corners(o, d, datetime.fromtimestamp(at, UTC).date(), fleet.airspace),
        at,
        s.seed,
        rng,
    )
    body = _heard(s, m, o, d, fleet.type, (0.0, 0.0), False, rng)
    p = PERFORMANCE[fleet.type]
    call = f"{fleet.callsign}{int(rng.integers(100, 999))}"
    sent = Sent(body, call, f"{int(rng.integers(0, 4096)):04o}", p.category, p.version, False)
    who = Identity(tail.icao24, None, fleet.type, None, fleet.operator, fleet.military)
    rotation = content_id(s.mark, tail.icao24, "stranger", at)
    row = _true(who, sent, _Leg("stranger", "", rotation, o, d, m, (0.0, 0.0)))
    return sent, row


@dataclass(frozen=True)
class _Leg:
    """One flight as planned and flown; ``off_km``: how near to each end it did not transmit."""

    role: str
    regime: str
    rotation: str
    origin: Place
    destination: Place
    motion: Motion
    off_km: tuple[float, float]


def _true(who: Identity, sent: Sent, leg: _Leg) -> TrueFlight:
    m, h = leg.motion, sent.body.sent
    n = len(h.time_s)
    return TrueFlight(
        flight=content_id("simulated", who.icao24, leg.role, round(m.takeoff_s)),
        icao24=who.icao24,
        registration=who.registration,
        type=who.type or "",
        operator=who.operator,
        military=who.military,
        callsign=sent.callsign,
        role=leg.role,
        regime=leg.regime,
        rotation=leg.rotation,
        origin=leg.origin.ident,
        destination=leg.destination.ident,
        takeoff_utc=round(m.takeoff_s * 1000),
        landing_utc=round(m.landing_s * 1000),
        distance_km=round(m.distance_km, 1),
        n_positions=n,
        first_heard_utc=round(float(h.time_s[0]) * 1000) if n else None,
        last_heard_utc=round(float(h.time_s[-1]) * 1000) if n else None,
        origin_lowest_ft=_lowest(sent.body, leg.origin, m.time_s[0], m.landing_s),
        destination_lowest_ft=_lowest(sent.body, leg.destination, m.takeoff_s, m.time_s[-1]),
        origin_dark_km=round(leg.off_km[0], 1),
        destination_dark_km=round(leg.off_km[1], 1),
        mlat_only=sent.mlat,
        faults=";".join(sent.body.faults),
    )


def _lowest(b: Body, at: Place, since: float, until: float) -> float | None:
    h = b.sent
    near = (distance_km(h.lat, h.lon, at.lat, at.lon) < _NEAR_KM) & (h.time_s >= since) & (h.time_s <= until)
    if not near.any():
        return None
    return round(float(np.min(h.altitude_ft[near])) - at.elevation_ft, 0)
