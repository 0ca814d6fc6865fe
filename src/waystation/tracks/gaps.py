"""Silences. A gap says only that nothing was heard; whether anything could have been is for ``coverage``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from waystation.terms.geodesy import distance_km
from waystation.terms.identifiers import content_id
from waystation.terms.mask_bits import INTERFERENCE
from waystation.terms.schema import TIME, conform
from waystation.terms.units import HOUR_S, NM_KM
from waystation.tracks.compiled import Array, kernel

if TYPE_CHECKING:
    from waystation.tracks.columns import Columns

__all__ = ["GapRules", "find_gaps"]

BODIES = 128  # as many as an int8 can number


@dataclass(frozen=True)
class GapRules:
    """When a silence is worth a row."""

    min_silence_s: float = 900.0  # far above the spacing of any source: docs/rules/gaps.md


def find_gaps(
    c: Columns, icao24: list[str], mask: Array, branch: Array, rules: GapRules = GapRules()
) -> pa.Table:
    """Return a ``gaps`` row for each silence longer than ``rules.min_silence_s`` within one body.

    ``icao24``: the address of each aircraft in ``c``. Masked positions count as silence. ``label`` is
    null except where masked interference fills part of the silence; flights and coverage settle it.
    """
    n = _silences(c.start, c.t, mask, branch, int(rules.min_silence_s * 1000.0), *_room(0))
    found = _room(n)
    _silences(c.start, c.t, mask, branch, int(rules.min_silence_s * 1000.0), *found)
    order = np.argsort(found[1], kind="stable")
    aircraft, i, j, disturbed = (x[order] for x in found)
    silence = (c.t[j] - c.t[i]) / 1000.0
    speed = distance_km(c.lat[i], c.lon[i], c.lat[j], c.lon[j]) / NM_KM / silence * HOUR_S
    names = [icao24[k] for k in aircraft.tolist()]
    ids = zip(names, c.t[i].tolist(), c.t[j].tolist(), branch[i].tolist(), strict=True)
    counts = disturbed.tolist()
    return conform(
        "gaps",
        pa.table(
            {
                "gap_id": pa.array([content_id("gap", *x) for x in ids], pa.string()),
                "icao24": pa.array(names, pa.string()),
                "from_utc": pa.array(c.t[i]).cast(TIME),
                "to_utc": pa.array(c.t[j]).cast(TIME),
                "silence_s": silence,
                "from_lat": c.lat[i],
                "from_lon": c.lon[i],
                "to_lat": c.lat[j],
                "to_lon": c.lon[j],
                "implied_speed_kt": speed,
                "label": pa.array(["interference" if n else None for n in counts], pa.string()),
                "reason": pa.array(
                    [f"{n} positions in it are masked as jammed or false" if n else None for n in counts],
                    pa.string(),
                ),
            }
        ),
    )


def _room(n: int) -> tuple[Array, Array, Array, Array]:
    return tuple(np.empty(n, dtype=np.int64) for _ in range(4))  # type: ignore[return-value]


@kernel
def _silences(
    start: Array,
    t: Array,
    mask: Array,
    branch: Array,
    min_ms: int,
    aircraft: Array,
    before: Array,
    after: Array,
    disturbed: Array,
) -> int:
    """Count the silences of all bodies; write what they are as far as there is room."""
    n, bad = 0, 0
    last = np.empty(BODIES, dtype=np.int64)
    bad_then = np.empty(BODIES, dtype=np.int64)
    for a in range(len(start) - 1):
        last[:] = -1
        for i in range(start[a], start[a + 1]):
            bad += (mask[i] & INTERFERENCE) != 0
            if mask[i] != 0:
                continue
            b = branch[i]
            k = last[b]
            if k >= 0 and t[i] - t[k] > min_ms:
                if n < len(before):
                    aircraft[n], before[n], after[n], disturbed[n] = a, k, i, bad - bad_then[b]
                n += 1
            last[b], bad_then[b] = i, bad
    return n
