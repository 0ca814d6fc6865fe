"""The chance to hear nothing on the way to each candidate, given measured reception.

    last seen ●── 1 ── 2 ── 3 ── 4 ── 5 ── 6 ──▶ airfield      six samples on the first 400 km of the way
                                      at the height of a three-degree descent into the field

Reception that was never measured adds nothing, and neither does a time when the archive holds nobody: missing
coverage must not look like a missing aircraft.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.terms.reception import ask
from waystation.terms.units import KT_KMH

if TYPE_CHECKING:
    from waystation.flights.candidates import Silence
    from waystation.flights.states import EndStates
    from waystation.terms.reception import Reception
    from waystation.world.airfields import Airfields

__all__ = ["QuietRules", "busy_bins", "silence_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class QuietRules:
    """How a way is sampled."""

    samples: int = 6  # on the part of the way that is looked at
    reach_km: float = 400.0  # further than a receiver hears; more would only count the same silence again
    glide_ft_per_km: float = 172.0  # a three-degree path
    usual_ft: float = 10000.0  # where the height at the end is unknown
    usual_kt: float = 300.0  # where the speed is


BIN_S = 600.0


def busy_bins(flights: pa.Table) -> Ints:
    """Return the ten-minute bins since 1970 in which at least two flights were in the air, rising."""
    first, last = (
        flights.column(c).cast(pa.int64()).to_numpy() // int(BIN_S * 1000)
        for c in ("first_seen_utc", "last_seen_utc")
    )
    if not len(first):
        return np.zeros(0, dtype=np.int64)
    bins = np.concatenate([np.arange(a, b + 1) for a, b in zip(first, last, strict=True)])
    bins, count = np.unique(bins, return_counts=True)
    return np.asarray(bins[count > 1], dtype=np.int64)


def silence_of(
    reception: Reception, airfields: Airfields, busy: Ints, rules: QuietRules = QuietRules()
) -> Silence:
    """Return the ``silence`` of ``rank_ends``: ln P(no position) for (ends, candidates) airfield indices.

    ``busy``: when the archive was recording at all (``busy_bins``).
    """

    def silence(states: EndStates, airfield: Ints) -> Floats:
        from waystation.flights.quiet_kernel import Ends, samples, silences

        out = np.zeros(airfield.shape)
        end, column = np.nonzero(airfield >= 0)
        if not len(end) or not len(reception.cells):
            return out
        field = airfield[end, column]
        speed = np.where(states.ground_speed_kt > 0, states.ground_speed_kt, rules.usual_kt) * KT_KMH
        now = np.where(np.isfinite(states.altitude_ft), states.altitude_ft, rules.usual_ft)
        sign = np.where(states.is_origin, -1.0, 1.0)
        ends = Ends(states.lat, states.lon, now, speed, sign, states.time_s)
        ground = np.nan_to_num(airfields.elevation_ft[field], nan=0.0)
        square = np.empty((len(end), rules.samples), dtype=np.int64)
        key, seconds = np.empty(square.shape, dtype=np.int8), np.empty(len(end))
        samples(
            ends, end, airfields.lat[field], airfields.lon[field], ground, busy, rules.reach_km,
            rules.glide_ft_per_km, BIN_S, square, key, seconds,
        )  # fmt: skip
        ask(reception, square)
        r = reception
        out[end, column] = silences(square, key, seconds, r.places, r.outer, r.a, r.b)
        return out

    return silence
