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

from waystation.terms.geodesy import bearing_deg, destination_point, distance_km
from waystation.terms.reception_ways import silence_log_probability
from waystation.terms.units import HOUR_S, KT_KMH

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
        out = np.zeros(airfield.shape)
        end, column = np.nonzero(airfield >= 0)
        if not len(end):
            return out
        field = airfield[end, column]
        lat, lon = states.lat[end], states.lon[end]
        way = distance_km(lat, lon, airfields.lat[field], airfields.lon[field])
        course = bearing_deg(lat, lon, airfields.lat[field], airfields.lon[field])
        looked = np.minimum(way, rules.reach_km)
        share = (np.arange(rules.samples) + 0.5) / rules.samples
        run = looked[:, None] * share
        at_lat, at_lon = destination_point(lat[:, None], lon[:, None], course[:, None], run)
        now = np.where(np.isfinite(states.altitude_ft), states.altitude_ft, rules.usual_ft)[end]
        ground = np.nan_to_num(airfields.elevation_ft[field], nan=0.0)
        height = np.minimum(now[:, None], ground[:, None] + rules.glide_ft_per_km * (way[:, None] - run))
        speed = np.where(states.ground_speed_kt > 0, states.ground_speed_kt, rules.usual_kt)[end] * KT_KMH
        sign = np.where(states.is_origin[end], -1.0, 1.0)
        time_s = states.time_s[end, None] + (sign / speed * HOUR_S)[:, None] * run
        recorded = np.isin(np.floor(time_s / BIN_S).astype(np.int64), busy)
        at_lat = np.where(recorded, at_lat, np.nan)
        seconds = np.repeat((looked / speed * HOUR_S / rules.samples)[:, None], rules.samples, axis=1)
        out[end, column] = silence_log_probability(
            reception, at_lat, at_lon, height, time_s / HOUR_S % 24.0, seconds
        )
        return out

    return silence
