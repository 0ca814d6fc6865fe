"""Which records become positions, and which are refused with a reason.

Every reader brings its columns here; the same few rules judge all formats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from waystation.ingest.parsed import Note
from waystation.ingest.values import Floats, map_unique, squawk, words
from waystation.terms.addresses import normal_address
from waystation.terms.schema import TABLES
from waystation.terms.units import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

__all__ = ["AcceptRules", "Columns", "absurd_notes", "accept"]

# 7.8E+14, 7.80E+14, 780000000000000, 780000000000000.0; or fewer digits than six
_NUMBERED: Final = re.compile(
    r"(\d(\.\d+)?e\+\d+|[1-9]\d{6,}(\.0+)?|[1-9]\d{0,4}(\.0+)?|\d{6}\.0+)\Z", re.IGNORECASE
)


@dataclass(frozen=True)
class AcceptRules:
    """What cannot be a position. Wide on purpose: what merely looks odd is for ``tracks`` to judge."""

    earliest_ms: int = 631_152_000_000  # 1990-01-01: older than any ADS-B
    latest_ahead_ms: int = 2 * DAY_MS  # receivers with a wrong clock; further ahead is no clock
    null_island_deg: float = 0.001  # about 110 m around 0, 0: no traffic to lose there
    min_altitude_ft: float = -2_000.0  # lowest field -1,240 ft, and 700 ft for a very high pressure
    max_altitude_ft: float = 100_000.0  # balloons and U-2 stay below; 107,700 ft is a broken code
    max_speed_kt: float = 4_096.0  # the supersonic field of ADS-B ends here
    max_rate_fpm: float = 32_768.0  # the vertical rate field of ADS-B ends at 32,608


@dataclass(frozen=True)
class Columns:
    """One file, column by column, n rows each; None for a column that the format does not have.

    Numbers are float64 with NaN for nothing; ``time_ms`` since 1970; ``on_ground`` 1, 0 or -1 (not said);
    ``record``: number in the file; ``raw(i)``: the text of row i, asked for only where it is refused.
    """

    record: NDArray[np.int64]
    icao24: pa.Array
    time_ms: Floats
    lat: Floats
    lon: Floats
    raw: Callable[[int], str]
    altitude_ft: Floats | None = None
    geometric_altitude_ft: Floats | None = None
    on_ground: NDArray[np.int8] | None = None
    ground_speed_kt: Floats | None = None
    track_angle_deg: Floats | None = None
    vertical_rate_fpm: Floats | None = None
    callsign: pa.Array | None = None
    squawk: pa.Array | None = None
    nic: Floats | None = None
    nac_p: Floats | None = None
    heard_by: pa.Array | None = None
    flags: Floats | None = None


_VALUES: Final = (  # column, what it may hold
    ("altitude_ft", "min_altitude_ft", "max_altitude_ft"),
    ("geometric_altitude_ft", "min_altitude_ft", "max_altitude_ft"),
    ("ground_speed_kt", None, "max_speed_kt"),
    ("vertical_rate_fpm", "max_rate_fpm", "max_rate_fpm"),
)


def accept(
    columns: Columns, source_id: str, now_ms: int | None, rules: AcceptRules = AcceptRules()
) -> tuple[pa.Table, list[Note]]:
    """Return the positions (rows in file order) and a note per refused record or refused value.

    ``now_ms`` bounds the future; None leaves it open.
    """
    reasons, address = _judge(columns, now_ms, rules)
    good = reasons == ""
    notes = [
        Note(str(reasons[i]), columns.raw(int(i)), int(columns.record[i])) for i in np.flatnonzero(~good)
    ]
    values: dict[str, Floats | None] = {}
    for name, low, high in _VALUES:
        values[name], found = _within(columns, name, low, high, good, rules)
        notes += found
    notes.sort(key=lambda n: -1 if n.record is None else n.record)
    return _table(columns, source_id, address, good, values), notes


def _judge(c: Columns, now_ms: int | None, rules: AcceptRules) -> tuple[NDArray[np.str_], pa.Array]:
    """Return per row the reason to refuse it, or an empty string; and the addresses in our spelling."""
    address = map_unique(c.icao24, normal_address)
    no_address = c.icao24.is_null().to_numpy(zero_copy_only=False)
    bad_address = address.is_null().to_numpy(zero_copy_only=False)
    broken = _broken_by_spreadsheet(c.icao24)
    latest = np.inf if now_ms is None else now_ms + rules.latest_ahead_ms
    with np.errstate(invalid="ignore"):
        tests = [
            (np.isnan(c.lat) | np.isnan(c.lon), "no-position"),
            (~((np.abs(c.lat) <= 90.0) & (np.abs(c.lon) <= 180.0)), "bad-position"),
            (
                (np.abs(c.lat) <= rules.null_island_deg) & (np.abs(c.lon) <= rules.null_island_deg),
                "null-island",
            ),
            (np.isnan(c.time_ms), "no-time"),
            (~((c.time_ms >= rules.earliest_ms) & (c.time_ms <= latest)), "bad-time"),
            (no_address, "no-address"),
            (bad_address & broken, "broken-address"),
            (bad_address, "bad-address"),
        ]
    return np.select([t for t, _ in tests], [r for _, r in tests], default=""), address


def _broken_by_spreadsheet(address: pa.Array) -> NDArray[np.bool_]:
    """Whether a cell is what a spreadsheet makes of an address: ``780e12`` → 7.8E+14, ``004010`` → 4010.

    7.8E+14 may have been 780e12, 78e013 or 078e13: nothing is guessed, the analyst is told.
    """
    said = map_unique(address, lambda a: "x" if _NUMBERED.match(a.strip()) else None)
    return np.asarray(said.is_valid().to_numpy(zero_copy_only=False))


def _within(
    c: Columns, name: str, low: str | None, high: str, good: NDArray[np.bool_], rules: AcceptRules
) -> tuple[Floats | None, list[Note]]:
    """Set to NaN what cannot be, and note it. NaN itself is how files say nothing, and needs no note."""
    values: Floats | None = getattr(c, name)
    if values is None:
        return None, []
    bottom, top = _limits(low, high, rules)
    with np.errstate(invalid="ignore"):
        absurd = ~np.isnan(values) & ~((values >= bottom) & (values <= top))
    notes = [
        _absurd(name, float(values[i]), c.raw(int(i)), int(c.record[i]))
        for i in np.flatnonzero(absurd & good)
    ]
    return np.where(absurd, np.nan, values), notes


def _limits(low: str | None, high: str, rules: AcceptRules) -> tuple[float, float]:
    top: float = getattr(rules, high)
    return (0.0 if low is None else getattr(rules, low) if low != high else -top), top


def _absurd(name: str, value: float, raw: str, record: int) -> Note:
    return Note("absurd-value", f"{name}={value:g} set to null in {raw}", record)


def absurd_notes(
    values: Mapping[str, float | None], raw: str, record: int, rules: AcceptRules = AcceptRules()
) -> list[Note]:
    """Return the notes that ``accept`` makes of one record that it keeps; ``values`` by column."""
    notes = []
    for name, low, high in _VALUES:
        value = values[name]
        bottom, top = _limits(low, high, rules)
        if value is not None and not bottom <= value <= top:
            notes.append(_absurd(name, value, raw, record))
    return notes


def _table(
    c: Columns, source_id: str, address: pa.Array, good: NDArray[np.bool_], values: dict[str, Floats | None]
) -> pa.Table:
    keep = np.flatnonzero(good)
    n = len(keep)
    degrees = {k: np.rint(getattr(c, k)[keep] * 1e6) / 1e6 for k in ("lat", "lon")}  # what the archive holds
    heard = c.heard_by.take(pa.array(keep)) if c.heard_by is not None else pa.nulls(n, pa.string())
    columns: dict[str, Any] = {
        "icao24": address.take(pa.array(keep)),
        "time_utc": pa.array(c.time_ms[keep].astype(np.int64)),
        "lat": pa.array(degrees["lat"]),
        "lon": pa.array(degrees["lon"]),
        "on_ground": _tristate(c.on_ground, keep),
        "track_angle_deg": _angle(c.track_angle_deg, keep),
        "callsign": _strings(c.callsign, keep, words),
        "squawk": _strings(c.squawk, keep, lambda a: map_unique(a, squawk)),
        "nic": _small(c.nic, keep, 15),
        "nac_p": _small(c.nac_p, keep, 15),
        "heard_by": heard,
        "flags": _small(c.flags, keep, 32_767),
        "source_id": pa.array([source_id] * n, pa.string()),
        "record": pa.array(c.record[keep]),
    }
    columns |= {name: _number(v, keep) for name, v in values.items()}
    columns["heard_by"] = _mark_non_icao(columns["icao24"], columns["heard_by"])
    schema = TABLES["positions"]
    arrays = [
        pa.nulls(n, f.type) if columns[f.name] is None else _cast(columns[f.name], f.type) for f in schema
    ]
    return pa.table(arrays, schema=schema)


def _cast(array: pa.Array, type_: pa.DataType) -> pa.Array:
    if pa.types.is_integer(type_) and pa.types.is_floating(array.type):
        whole = np.rint(array.fill_null(0.0).to_numpy(zero_copy_only=False))
        mask = array.is_null().to_numpy(zero_copy_only=False)
        return pa.array(whole.astype(np.int64), mask=mask).cast(type_)
    return array.cast(type_)


def _number(values: Floats | None, keep: NDArray[np.intp]) -> pa.Array | None:
    if values is None:
        return None
    kept = values[keep]
    return pa.array(kept, mask=np.isnan(kept))


def _angle(values: Floats | None, keep: NDArray[np.intp]) -> pa.Array | None:
    """Angles are brought to 0 ≤ x < 360: some files count from -180."""
    if values is None:
        return None
    finite = np.where(np.isfinite(values), values, np.nan)
    return _number((finite % 360.0).astype(np.float32).astype(np.float64) % 360.0, keep)


def _small(values: Floats | None, keep: NDArray[np.intp], top: int) -> pa.Array | None:
    if values is None:
        return None
    with np.errstate(invalid="ignore"):
        return _number(np.where((values >= 0) & (values <= top), values, np.nan), keep)


def _tristate(values: NDArray[np.int8] | None, keep: NDArray[np.intp]) -> pa.Array | None:
    return None if values is None else pa.array(values[keep] == 1, mask=values[keep] < 0)


def _strings(
    values: pa.Array | None, keep: NDArray[np.intp], rule: Callable[[pa.Array], pa.Array]
) -> pa.Array | None:
    return None if values is None else rule(values.take(pa.array(keep)))


def _mark_non_icao(address: pa.Array, heard: pa.Array) -> pa.Array:
    """Give every ``~`` address a ``heard_by`` that ends in ``_other``."""
    import pyarrow.compute as pc

    other = pc.starts_with(address, "~")
    if not pc.any(other).as_py():
        return heard
    marked = map_unique(heard, lambda h: h if h.endswith("_other") else f"{h}_other")
    return pc.if_else(other, marked, heard)
