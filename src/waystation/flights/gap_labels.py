"""Which flight a gap belongs to, and what can be said of why nothing was heard.

A gap is a silence; whether anything could have been heard is for measured reception to say:

    interference  jammed or false positions fill it or adjoin it
    coverage      the chance to be heard on the straight way was small, as measured on other traffic
    dark          it was large, and landing is not the simple answer. A state of evidence, not an intent
    unknown       everything else, and every gap that touches the ground

Every label comes with its reason and numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from waystation.flights.gap_way import Silence, WayRules, measure_way
from waystation.terms.mask_bits import INTERFERENCE
from waystation.terms.schema import conform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.bodies import Bodies
    from waystation.flights.gap_way import Along
    from waystation.terms.reception import Reception

__all__ = ["OPEN_GAPS", "GapLabelRules", "Surroundings", "find_open_gaps", "label_gaps", "weigh_gaps"]

OPEN_GAPS: Final = pa.schema(
    [("gap", pa.int64())]
    + [
        (n, pa.float64())
        for n in (
            *("from_lat", "from_lon", "from_altitude_ft", "from_s"),
            *("to_lat", "to_lon", "to_altitude_ft", "to_s"),
            *("usual_spacing_s", "usual_speed_kt", "implied_speed_kt"),
        )
    ]
)
SLOW_KT = 40.0  # speeds below this are no flight
MS = 0.001  # times are whole milliseconds
NOT_MEASURED = "reception there and then was not measured"


@dataclass(frozen=True)
class GapLabelRules:
    """When reception speaks for or against a silence."""

    adjoin_s: float = 600.0  # jamming comes and goes: bad positions this near before or after belong to it
    good_low: float = 0.9  # even at the low end of its interval, nine of ten would have been heard
    dark_below: float = 0.2  # of the way, crossings may go unheard: more, and it may skirt a hole
    poor_mean: float = 0.5  # more likely than not, nothing would have been heard …
    poor_high: float = 0.8  # … and even at the high end of its interval that is no surprise
    poor_share: float = 0.6  # … or so on most of the way: at the edges of a hole the cells blur
    measured_share: float = 0.8  # of the way; over less, one unheard corner may explain the silence
    unheard_share: float = 0.8  # of the way on which nobody at all was ever heard
    edge_others: int = 5  # other tracks that begin or end where such a way does
    landing: float = 0.2  # from one in five, a landing in between is an answer to reckon with
    straight_share: float = 0.7  # of its own fast speed; slower, it went some other way than straight on
    usual_times: float = 3.0  # a silence less than this over the body's usual spacing is nothing unusual
    way: WayRules = field(default_factory=WayRules)


class Surroundings(NamedTuple):
    """What this room worked out about the positions on both sides of a gap."""

    positions: pa.Table
    bodies: Bodies
    state: NDArray[np.int8]  # per position of ``bodies``: 1 on the ground
    landing: NDArray[np.float64]  # probability that the silence after it hides a landing


def label_gaps(
    gaps: pa.Table,
    flights: pa.Table,
    around: Surroundings,
    reception: Reception | None = None,
    rules: GapLabelRules = GapLabelRules(),
) -> pa.Table:
    """Return ``gaps`` with ``flight_id`` where a gap lies inside a flight, and a label with its reason."""
    told, left = find_open_gaps(gaps, flights, around, rules)
    return told if reception is None else weigh_gaps(told, left, reception, rules)


def find_open_gaps(
    gaps: pa.Table, flights: pa.Table, around: Surroundings, rules: GapLabelRules = GapLabelRules()
) -> tuple[pa.Table, pa.Table]:
    """Return ``gaps`` with all that tracks tell, and ``OPEN_GAPS``: those that only reception can tell of.

    ``gap``: number of the row in ``gaps``.
    """
    if gaps.num_rows == 0:
        return conform("gaps", gaps), OPEN_GAPS.empty_table()
    flight = _flights_of(gaps, flights)
    spoilt = _interference(around.positions)
    usual: dict[int, tuple[float, float]] = {}
    bodies = _bodies_by_address(around.bodies)
    labels, reasons, left = [], [], []
    for n, (row, within) in enumerate(zip(gaps.to_pylist(), flight, strict=True)):
        label, reason = row["label"], row["reason"]
        if label is None:
            own = bodies.get(row["icao24"], range(0))
            label, reason, k = _label(row, within is not None, own, around, spoilt, rules)
            if k is not None:
                left.append((n, *_open(row, k, around.bodies, usual)))
        labels.append(label)
        reasons.append(reason)
    columns = {name: gaps.column(name) for name in gaps.column_names}
    columns |= {"flight_id": pa.array(flight, pa.string())}
    columns |= {"label": pa.array(labels, pa.string()), "reason": pa.array(reasons, pa.string())}
    values = list(zip(*left, strict=True)) if left else [()] * len(OPEN_GAPS)
    arrays = [pa.array(v, f.type) for v, f in zip(values, OPEN_GAPS, strict=True)]
    return conform("gaps", pa.table(columns)), pa.table(arrays, schema=OPEN_GAPS)


def weigh_gaps(
    gaps: pa.Table, left: pa.Table, reception: Reception, rules: GapLabelRules = GapLabelRules()
) -> pa.Table:
    """Return ``gaps`` with what reception says of those that were ``left`` open."""
    if not left.num_rows:
        return gaps
    labels, reasons = (np.asarray(gaps.column(c).to_pylist(), dtype=object) for c in ("label", "reason"))
    for row in zip(*(left.column(c).to_pylist() for c in OPEN_GAPS.names), strict=True):
        labels[row[0]], reasons[row[0]] = _if_straight(row[1:], reception, rules)
    for name, values in (("label", labels), ("reason", reasons)):
        at = gaps.schema.get_field_index(name)
        gaps = gaps.set_column(at, gaps.schema.field(at), pa.array(values.tolist(), pa.string()))
    return gaps


def _flights_of(gaps: pa.Table, flights: pa.Table) -> list[str | None]:
    inside: dict[str, list[tuple[int, int, str]]] = {}
    for row in flights.select(["flight_id", "icao24", "first_seen_utc", "last_seen_utc"]).to_pylist():
        span = (row["first_seen_utc"], row["last_seen_utc"], row["flight_id"])
        inside.setdefault(row["icao24"], []).append(span)
    names = ("icao24", "from_utc", "to_utc")
    return [
        next((f for a, b, f in inside.get(g["icao24"], []) if a <= g["from_utc"] and g["to_utc"] <= b), None)
        for g in gaps.select(names).to_pylist()
    ]


def _bodies_by_address(b: Bodies) -> dict[str, range]:
    out: dict[str, range] = {}
    for i, address in enumerate(b.icao24):
        out[address] = range(out[address].start if address in out else i, i + 1)
    return out


def _interference(positions: pa.Table) -> dict[str, NDArray[np.float64]]:
    """Return per address the times (s) of positions masked as spoofed or jammed."""
    hit = np.flatnonzero(positions.column("mask").to_numpy() & INTERFERENCE)
    if not len(hit):
        return {}
    time = positions.column("time_utc").cast(pa.int64()).to_numpy()[hit] / 1000.0
    address = np.asarray(positions.column("icao24").take(pa.array(hit)).to_pylist(), dtype=object)
    return {str(a): np.sort(time[address == a]) for a in dict.fromkeys(address)}


def _label(
    gap: dict[str, object],
    in_flight: bool,
    own: range,
    around: Surroundings,
    spoilt: dict[str, NDArray[np.float64]],
    rules: GapLabelRules,
) -> tuple[str, str, int | None]:
    """Return label, reason, and the position before the gap where reception may still say more."""
    start, stop = (gap[x].timestamp() for x in ("from_utc", "to_utc"))  # type: ignore[attr-defined]
    jammed = _jammed(spoilt.get(str(gap["icao24"])), start, stop, rules)
    if jammed:
        return "interference", jammed, None
    k = _position(around.bodies, own, start, stop)
    if k is None:
        return "unknown", NOT_MEASURED, None
    by_ground = _ground(int(around.state[k]), int(around.state[k + 1]))
    if by_ground:
        return "unknown", by_ground, None
    landing = float(around.landing[k])
    if not in_flight or landing >= rules.landing:
        return "unknown", f"in it a landing is possible (probability {landing:.2f})", None
    return "unknown", NOT_MEASURED, k


def _open(
    gap: dict[str, object], k: int, b: Bodies, usual: dict[int, tuple[float, float]]
) -> tuple[float, ...]:
    """Return the numbers of ``OPEN_GAPS`` for the gap after position ``k``."""
    body = int(np.searchsorted(b.start, k, side="right")) - 1
    if body not in usual:
        usual[body] = _usual(b, body)
    start, stop = (gap[x].timestamp() for x in ("from_utc", "to_utc"))  # type: ignore[attr-defined]
    sides = [
        (float(b.lat[i]), float(b.lon[i]), float(b.altitude_ft[i]), t) for i, t in ((k, start), (k + 1, stop))
    ]
    return (*sides[0], *sides[1], *usual[body], float(gap["implied_speed_kt"]))  # type: ignore[arg-type]


def _jammed(bad: NDArray[np.float64] | None, start: float, stop: float, rules: GapLabelRules) -> str | None:
    if bad is None:
        return None
    n = int(np.sum((bad >= start - rules.adjoin_s) & (bad <= stop + rules.adjoin_s)))
    minutes = rules.adjoin_s / 60.0
    return f"{n} positions within {minutes:.0f} minutes of it are masked as jammed or false" if n else None


def _if_straight(numbers: tuple[float, ...], reception: Reception, rules: GapLabelRules) -> tuple[str, str]:
    """``numbers``: a row of ``OPEN_GAPS`` without its first."""
    lat0, lon0, alt0, start, lat1, lon1, alt1, stop, spacing_s, speed_kt, implied_kt = numbers
    if implied_kt < rules.straight_share * speed_kt:
        return "unknown", (
            f"it came {implied_kt:.0f} kt straight on, but flies {speed_kt:.0f} kt: it took some other way"
        )
    silence = Silence((lat0, lat1), (lon0, lon1), (alt0, alt1), (start, stop))
    return _by_reception(measure_way(silence, reception, rules.way), stop - start, spacing_s, rules)


def _usual(b: Bodies, body: int) -> tuple[float, float]:
    """Return the spacing (s) that a body's positions rarely exceed, and its fast speed (kt, 0 unknown)."""
    part = slice(int(b.start[body]), int(b.start[body + 1]))
    speed = b.ground_speed_kt[part]
    speed = speed[(b.ground[part] != 1) & (speed > SLOW_KT)]
    fast = float(np.percentile(speed, 70)) if len(speed) else 0.0
    return float(np.percentile(np.diff(b.t_s[part]), 95)), fast


def _position(b: Bodies, own: range, start: float, stop: float) -> int | None:
    """Return the position before the gap: the one whose time and whose successor's time are the gap's."""
    for body in own:
        first, end = int(b.start[body]), int(b.start[body + 1])
        k = int(np.searchsorted(b.t_s[first:end], start + MS / 2, side="right")) + first - 1
        if first <= k < end - 1 and abs(b.t_s[k] - start) < MS and abs(b.t_s[k + 1] - stop) < MS:
            return k
    return None


def _ground(before: int, after: int) -> str | None:
    if before and after:
        return "on the ground before and after: parked, or moved unseen"
    if before:
        return "on the ground before it: taxi, takeoff and climb may go unheard"
    if after:
        return "on the ground after it: descent, landing and taxi may go unheard"
    return None


def _by_reception(  # noqa: PLR0911 - a list of answers, the first that fits
    way: Along, silence_s: float, usual_s: float, rules: GapLabelRules
) -> tuple[str, str]:
    h = way.heard
    minutes = f"{silence_s / 60.0:.0f} min without a position"
    if way.unheard >= rules.unheard_share and way.edge_ends - 1 >= rules.edge_others:
        reason = (
            f"{minutes}; nobody was ever heard on {way.unheard:.0%} of the straight way, and tracks of "
            f"{way.edge_ends} aircraft begin or end next to it"
        )
        return "coverage", reason
    if way.straight_s <= 0.0:
        return "unknown", f"{minutes}, close to where it was heard before and after: there is no straight way"
    if h.measured < rules.measured_share:
        return "unknown", f"{minutes}; {NOT_MEASURED} on {1.0 - h.measured:.0%} of the straight way"
    measured = (
        f"{minutes}; the chance to be heard on the straight way is measured at {h.mean:.0%} "
        f"({h.low:.0%}–{h.high:.0%}) from {h.looks} crossings at these heights"
    )
    if h.mean < rules.poor_mean and h.high < rules.poor_high:
        return "coverage", measured
    if h.low < rules.good_low and h.poor >= rules.poor_share:
        return "coverage", f"{measured}; on {h.poor:.0%} of it, crossings go unheard more often than not"
    if h.low < rules.good_low or h.below > rules.dark_below:
        return "unknown", f"{measured}: neither good nor poor"
    if silence_s < rules.usual_times * usual_s:
        return "unknown", f"{measured}, but silences of {usual_s / 60.0:.0f} min are usual for it"
    return "dark", f"{measured}, and a landing in it is not the simple answer"
