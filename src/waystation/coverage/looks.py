"""Crossings of cells by aircraft that were heard before and after: each is a look at reception there.

    heard ── cell A ──┬── cell B ──┬── cell C ── heard
    first of a track  │  nothing   │  last of it
    not counted       │  a look,   │  not counted
                      │  not seen  │

A *track piece* is a run of positions in the air with no silence above ``max_silence_s`` and no jump. Its
first and last cell are heard by construction and say nothing; every cell, band and slot between counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from waystation.terms.cells import SLOT_S, band_of, squares_of
from waystation.terms.geodesy import distance_km, unit_vectors
from waystation.terms.units import HOUR_S, KT_KMH

if TYPE_CHECKING:
    from waystation.coverage.heard import Heard

__all__ = ["LookRules", "Visits", "visits_of"]

Array = NDArray[Any]
ALLOWANCE_KM = 2.0  # two receivers' clocks and rounded places: an allowance on top of the fastest speed


@dataclass(frozen=True)
class LookRules:
    """Which crossings count."""

    max_silence_s: float = 3600.0  # heard both sides within an hour: beyond it the way is a guess
    max_speed_kt: float = 750.0  # faster than any transport with the wind behind it: a false place
    short_s: float = 600.0  # in a silence up to ten minutes nothing lands and leaves again
    through_share: float = 0.6  # in a longer one, less than this share of its own speed is not straight on
    through_kt: float = 120.0  # … where its speed is not known
    step_km: float = 5.0  # the way across a silence is followed in steps of a square
    min_inside_s: float = 60.0  # a corner clipped in less is no chance to be heard


class Visits(NamedTuple):
    """Stretches within one square, band and slot: equal-length arrays, by body and time."""

    body: NDArray[np.int32]
    square: NDArray[np.int64]
    band: NDArray[np.int8]  # -1 height unknown
    slot: NDArray[np.int64]  # 3-hour slots since 1970
    inside_s: NDArray[np.float64]
    heard: NDArray[np.bool_]  # a position lies in it
    open: NDArray[np.bool_]  # holds the first or last position of a track piece
    ends: NDArray[np.bool_]  # … and before or after it is silence, not the ground


FLOWN, JUMP, SILENCE, LANDED = 0, 1, 2, 3  # what lies between a position and the next one


def visits_of(heard: Heard, rules: LookRules = LookRules()) -> Visits:
    """Follow every body from position to position, and across silences along the great circle."""
    if not len(heard.t_s):
        none = np.zeros(0, dtype=np.int64)
        return _merged((none, none, none, none), np.zeros(0), (none > 0, none > 0, none > 0))
    apart = distance_km(heard.lat[:-1], heard.lon[:-1], heard.lat[1:], heard.lon[1:])
    link = _links(heard, apart, rules)
    air = np.flatnonzero(heard.air)
    after, before = link[air], np.r_[SILENCE, link][air]
    flown = after == FLOWN
    pieces = np.where(flown, np.maximum(1, np.ceil(np.r_[apart, 0.0][air] / rules.step_km)), 1).astype(
        np.int64
    )
    piece_s = np.where(flown, np.r_[np.diff(heard.t_s), 0.0][air] / pieces, 0.0)
    at = np.repeat(np.arange(len(air)), pieces)  # the position that each sample follows
    step = np.arange(len(at)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    lat, lon, height = _on_the_way(heard, air[at], step / pieces[at])
    body = np.repeat(np.arange(len(heard.start) - 1), np.diff(heard.start))[air[at]]
    slot = ((heard.t_s[air[at]] + step * piece_s[at]) // SLOT_S).astype(np.int64)
    real = step == 0
    opened = (before != FLOWN) | (after != FLOWN)
    silent = (before == SILENCE) | (after == SILENCE)
    came = np.r_[0.0, piece_s][:-1] * np.r_[False, flown[:-1]]
    inside = np.where(real, (piece_s[at] + came[at]) / 2, piece_s[at])
    keys = body.astype(np.int32), squares_of(lat, lon), band_of(height), slot
    return _merged(keys, inside, (real, real & opened[at], real & silent[at]))


def _links(heard: Heard, apart_km: Array, rules: LookRules) -> NDArray[np.int8]:
    """Return what lies between each position and the next; ``SILENCE`` after a body's last one."""
    dt = np.diff(heard.t_s)
    faster = np.maximum(heard.speed_kt[:-1], heard.speed_kt[1:])  # nan stays nan
    least_kt = np.where(np.isfinite(faster), rules.through_share * faster, rules.through_kt)
    reach = ALLOWANCE_KM + dt / HOUR_S * rules.max_speed_kt * KT_KMH
    lingers = (dt > rules.short_s) & (apart_km < dt / HOUR_S * least_kt * KT_KMH)
    link = np.where((apart_km > reach) | lingers, JUMP, FLOWN)
    link = np.where(heard.air[1:] != heard.air[:-1], LANDED, link)
    link = np.where(dt > rules.max_silence_s, SILENCE, link)
    out = np.append(link, SILENCE).astype(np.int8)
    out[heard.start[1:] - 1] = SILENCE
    return out


def _on_the_way(heard: Heard, k: Array, share: Array) -> tuple[Array, Array, Array]:
    """Return latitude, longitude and height at a share of the way from position k to the next."""
    lat, lon, height = heard.lat[k], heard.lon[k], heard.altitude_ft[k]
    between = np.flatnonzero(share > 0)
    i, f = k[between], share[between]
    chord = unit_vectors(heard.lat[i], heard.lon[i]) * (1 - f)[:, None]
    chord += unit_vectors(heard.lat[i + 1], heard.lon[i + 1]) * f[:, None]
    chord /= np.linalg.norm(chord, axis=1)[:, None]
    lat[between] = np.degrees(np.arcsin(np.clip(chord[:, 2], -1.0, 1.0)))
    lon[between] = np.degrees(np.arctan2(chord[:, 1], chord[:, 0]))
    a, b = heard.altitude_ft[i], heard.altitude_ft[i + 1]
    a, b = np.where(np.isnan(a), b, a), np.where(np.isnan(b), a, b)
    height[between] = a + f * (b - a)
    return lat, lon, height


def _merged(
    keys: tuple[Array, Array, Array, Array], inside: Array, flags: tuple[Array, Array, Array]
) -> Visits:
    """Make one row of neighbouring samples with equal keys."""
    new = np.ones(len(inside), dtype=np.bool_)
    if len(inside):
        new[1:] = np.any([k[1:] != k[:-1] for k in keys], axis=0)
    first = np.flatnonzero(new)
    body, square, band, slot = (k[first] for k in keys)
    if not len(first):
        return Visits(body, square, band, slot, inside, *flags)
    heard, opened, ends = (np.logical_or.reduceat(f, first) for f in flags)
    return Visits(body, square, band, slot, np.add.reduceat(inside, first), heard, opened, ends)
