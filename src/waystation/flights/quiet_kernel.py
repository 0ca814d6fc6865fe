"""Numba kernels: the samples along the ways to candidates, and the chance of silence along each.

Between the two, reception is asked which cells the samples lie in. Numbers are those of ``terms.geodesy`` and
``terms.reception_ways.silence_log_probability``, in the same order.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation.terms.cells import BAND_TOPS_FT, N_BANDS, N_SLOTS, SLOT_S, SQUARES_PER_DEG, SQUARES_ROUND
from waystation.terms.compiled import kernel
from waystation.terms.reception_ways import FULL_LOOK_S
from waystation.terms.units import EARTH_RADIUS_KM, HOUR_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Small = NDArray[np.int8]

__all__ = ["Ends", "samples", "silences"]

TOPS = np.array(BAND_TOPS_FT)
ROWS = 180 * SQUARES_PER_DEG


class Ends(NamedTuple):
    """Of every end: place, height (usual where unknown), speed in km/h, sign of time, time."""

    lat: Floats
    lon: Floats
    height_ft: Floats
    speed_kmh: Floats
    sign: Floats
    time_s: Floats


@kernel(inner=True)
def _square(lat: float, lon: float) -> int:
    row = math.floor((lat + 90.0) * SQUARES_PER_DEG)
    column = math.floor((lon + 180.0) * SQUARES_PER_DEG) % SQUARES_ROUND
    return int(min(max(row, 0), ROWS - 1) * SQUARES_ROUND + column)


@kernel()
def samples(
    s: Ends, end: Ints, lat: Floats, lon: Floats, ground_ft: Floats, busy: Ints, reach_km: float,
    glide: float, bin_s: float, square: Ints, key: Small, seconds: Floats,
) -> None:  # fmt: skip
    """Fill ``square`` (-1: nobody recorded), ``key`` (band and slot, -1), both (ways, samples), ``seconds``.

    A way leads from ``end`` to a field at ``lat``, ``lon``, ``ground_ft``; ``seconds``: of each sample of it.
    """
    n, n_busy = square.shape[1], len(busy)
    sines, cosines = np.empty(n), np.empty(n)  # of ways that are longer than ``reach_km``
    for k in range(n):
        a = reach_km * ((k + 0.5) / n) / EARTH_RADIUS_KM
        sines[k], cosines[k] = math.sin(a), math.cos(a)
    last, heard = -1, False
    for w in range(len(end)):
        e = end[w]
        p, q, d = math.radians(s.lat[e]), math.radians(lat[w]), math.radians(lon[w] - s.lon[e])
        h = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(d / 2) ** 2
        way = 2.0 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(max(h, 0.0), 1.0)))
        y = math.sin(d) * math.cos(q)
        x = math.cos(p) * math.sin(q) - math.sin(p) * math.cos(q) * math.cos(d)
        c = math.radians(math.degrees(math.atan2(y, x)) % 360.0)
        looked = min(way, reach_km)
        seconds[w] = looked / s.speed_kmh[e] * HOUR_S / n
        m = math.radians(s.lon[e])
        sin_p, cos_p, sin_c, cos_c = math.sin(p), math.cos(p), math.sin(c), math.cos(c)
        for k in range(n):
            run = looked * ((k + 0.5) / n)
            height = min(s.height_ft[e], ground_ft[w] + glide * (way - run))
            time_s = s.time_s[e] + (s.sign[e] / s.speed_kmh[e] * HOUR_S) * run
            now = math.floor(time_s / bin_s)
            if now != last:
                at = np.searchsorted(busy, now)
                last, heard = now, at < n_busy and busy[at] == now
            square[w, k] = -1
            if heard:
                sin_a, cos_a = sines[k], cosines[k]
                if looked < reach_km:
                    a = run / EARTH_RADIUS_KM
                    sin_a, cos_a = math.sin(a), math.cos(a)
                b = math.asin(min(max(sin_p * cos_a + cos_p * sin_a * cos_c, -1.0), 1.0))
                l = m + math.atan2(sin_c * sin_a * cos_p, cos_a - sin_p * math.sin(b))  # noqa: E741
                square[w, k] = _square(math.degrees(b), (math.degrees(l) + 180.0) % 360.0 - 180.0)
            key[w, k] = -1
            if not math.isnan(height):
                slot = math.floor(time_s / HOUR_S % 24.0 * 3600.0 / SLOT_S) % N_SLOTS
                key[w, k] = np.searchsorted(TOPS, height, side="right") * N_SLOTS + slot


@kernel()
def silences(
    square: Ints, key: Small, seconds: Floats, places: NDArray[np.int32], outer: Ints, a: Floats, b: Floats
) -> Floats:
    """Return ln P(no position) of each way. ``places`` to ``b``: of ``Reception``, all squares asked for."""
    out = np.zeros(len(square))
    n, n_cells = square.shape[1], len(outer)
    for w in range(len(square)):
        last, total = -2, 0.0
        first_s, first, rest_s, rest = 0.0, 0.0, 0.0, 0.0  # a sum as NumPy makes it: the first, and the rest
        for k in range(n + 1):
            now, value = -1, 0.0
            if k < n and square[w, k] >= 0 and key[w, k] >= 0:
                place = places[square[w, k]] - 2
                band, slot = key[w, k] // N_SLOTS, key[w, k] % N_SLOTS
                if place >= 0 and math.isfinite(a[place, band, slot]):
                    alpha, beta = a[place, band, slot], b[place, band, slot]
                    value = alpha / (alpha + beta)
                    around = outer[place] if place < n_cells else place - n_cells
                    now = (around * N_BANDS + band) * N_SLOTS + slot
            if k > 0 and (k == n or now != last):  # a stretch ends
                inside = first_s + rest_s
                p = min((first + rest) / max(inside, 1e-9), 1.0)
                total += min(1.0, inside / FULL_LOOK_S) * math.log1p(-p)
            known = seconds[w] if now >= 0 else 0.0
            if now != last:
                first_s, first, rest_s, rest = known, known * value, 0.0, 0.0
            else:
                rest_s, rest = rest_s + known, rest + known * value
            last = now
        out[w] = total
    return out
