"""Silences. A gap says only that nothing was heard; whether anything could have been is for ``coverage``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.terms.geodesy import distance_km
from waystation.terms.identifiers import content_id
from waystation.terms.mask_bits import INTERFERENCE
from waystation.terms.schema import TIME, conform
from waystation.terms.units import HOUR_S, NM_KM

if TYPE_CHECKING:
    from waystation.tracks.columns import Columns

__all__ = ["GapRules", "find_gaps"]

Array = NDArray[Any]


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
    aircraft = np.repeat(np.arange(len(c.start) - 1), np.diff(c.start))
    used = np.flatnonzero(mask == 0)
    used = used[np.lexsort((used, branch[used], aircraft[used]))] if np.any(branch) else used
    i, j = used[:-1], used[1:]
    silence = (c.t[j] - c.t[i]) / 1000.0
    found = (aircraft[i] == aircraft[j]) & (branch[i] == branch[j]) & (silence > rules.min_silence_s)
    i, j, silence = i[found], j[found], silence[found]
    order = np.lexsort((j, i))
    i, j, silence = i[order], j[order], silence[order]
    bad = np.append(0, np.cumsum((mask & INTERFERENCE) != 0))
    disturbed = bad[j] - bad[i]
    speed = distance_km(c.lat[i], c.lon[i], c.lat[j], c.lon[j]) / NM_KM / silence * HOUR_S
    names = [icao24[k] for k in aircraft[i]]
    return conform(
        "gaps",
        pa.table(
            {
                "gap_id": pa.array(
                    [content_id("gap", *x) for x in zip(names, c.t[i], c.t[j], branch[i], strict=True)],
                    pa.string(),
                ),
                "icao24": pa.array(names, pa.string()),
                "from_utc": pa.array(c.t[i]).cast(TIME),
                "to_utc": pa.array(c.t[j]).cast(TIME),
                "silence_s": silence,
                "from_lat": c.lat[i],
                "from_lon": c.lon[i],
                "to_lat": c.lat[j],
                "to_lon": c.lon[j],
                "implied_speed_kt": speed,
                "label": pa.array(["interference" if n else None for n in disturbed], pa.string()),
                "reason": pa.array(
                    [f"{n} positions in it are masked as jammed or false" if n else None for n in disturbed],
                    pa.string(),
                ),
            }
        ),
    )
