"""Tracks for the map: every position of the result's flights, thinned to what a screen can tell apart.

Made once for a result. A position is kept at a zoom where it lies in another cell (two pixels wide) than the
one heard before it, so a track on the screen is never more than a cell away from the track that was heard,
and what is kept at one zoom is kept at every nearer one. Moving the map or the window then only selects.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from waystation.store.layout import position_files
from waystation.store.parquet import to_degrees
from waystation.store.places import dataset, waited

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from waystation.store.places import Place
    from waystation.web.window import Window

__all__ = ["Picked", "TrackRules", "Tracks", "View", "make_tracks", "pick"]

NEAREST: Final = 11  # the zoom of the finest cells: 20 m at the equator; nearer, every position is sent
_CELLS: Final = 256 << NEAREST  # of two pixels each, around the world (a world of 512 pixels at zoom 0)
_FLATTEST: Final = 85.05  # degrees; beyond, the map's projection has no room
_WANTED: Final = ("icao24", "time_utc", "record", "lat", "lon")


@dataclass(frozen=True)
class TrackRules:
    """Where a line breaks, and how much is sent at most."""

    max_silence_s: int = 900  # as docs/rules/gaps.md: a longer silence is a gap, and no line is drawn over it
    max_positions: int = 400_000  # 3.2 MB; a software renderer still draws it in a second
    beside: float = 0.5  # of the map's width and height around it, so that a small move needs no new answer


@dataclass(frozen=True)
class Tracks:
    """Positions sorted by path and time, paths by the first position of their flight.

    A path: one flight between two silences.
    ``lon``, ``lat``: degrees; ``path``: its number, by position; ``level``: the farthest zoom that shows it.
    ``flight``, ``first_ms``: of every path; the flight's first position, by which windows count flights.
    """

    lon: NDArray[np.float32]
    lat: NDArray[np.float32]
    path: NDArray[np.int32]
    level: NDArray[np.int8]
    flight: tuple[str, ...]
    first_ms: NDArray[np.int64]
    shown: dict[int, NDArray[np.int32]] = field(default_factory=dict, repr=False)

    def at(self, zoom: int) -> NDArray[np.int32]:
        """Return the numbers of the positions that a zoom shows."""
        if zoom not in self.shown:
            self.shown[zoom] = np.flatnonzero(self.level <= zoom).astype(np.int32)
        return self.shown[zoom]


@dataclass(frozen=True)
class View:
    """What a map looks at: ``west`` … ``north`` in degrees, ``zoom``; ``event_ms`` divides the colours."""

    west: float = -180.0
    south: float = -90.0
    east: float = 180.0
    north: float = 90.0
    zoom: float = 2.0
    event_ms: int | None = None


@dataclass(frozen=True)
class Picked:
    """Numbers of positions to send, where lines start, at which zoom, and of how many paths one is drawn."""

    tracks: Tracks
    found: NDArray[np.int32]
    starts: NDArray[np.bool_]
    zoom: int
    every: int
    event_ms: int | None

    @property
    def said(self) -> Mapping[str, str]:
        """What a reader has to know of the selection."""
        n = {"positions": len(self.found), "of": len(self.tracks.lon), "zoom": self.zoom, "every": self.every}
        return {k: str(v) for k, v in n.items()}


def make_tracks(
    archive: Place, flights: pa.Table, masks: pa.Table, rules: TrackRules = TrackRules()
) -> Tracks:
    """Read the positions of ``flights`` out of an archive; positions that were not used are left out."""
    files = position_files(archive, None)
    addresses = flights.column("icao24").unique()
    if not files or not len(addresses):
        return _none()
    mine, rows = pc.field("icao24").isin(addresses), dataset(files)
    read = waited(lambda: rows.to_table(columns=list(_WANTED), filter=mine), archive)
    for name in ("lat", "lon"):
        at = read.schema.get_field_index(name)
        read = read.set_column(at, name, to_degrees(read[name]))
    heard = pl.DataFrame(read).with_columns(pl.col("icao24").cast(pl.Categorical))
    del read
    return _laid(heard, pl.DataFrame(flights), pl.DataFrame(masks), rules)


def _laid(heard: pl.DataFrame, flights: pl.DataFrame, masks: pl.DataFrame, rules: TrackRules) -> Tracks:
    unused = masks.select(pl.col("icao24").cast(pl.Categorical), "time_utc", "record")
    if unused.height:
        heard = heard.join(unused, on=["icao24", "time_utc", "record"], how="anti")
    flown = (
        flights.select("icao24", "flight_id", "first_seen_utc", "last_seen_utc")
        .sort("first_seen_utc")
        .with_columns(pl.col("icao24").cast(pl.Categorical))
        .with_row_index("number")
    )
    both = (
        heard.sort("time_utc")
        .join_asof(
            flown.drop("flight_id"),
            left_on="time_utc",
            right_on="first_seen_utc",
            by="icao24",
            coalesce=False,
            check_sortedness=False,
        )
        .filter(pl.col("time_utc") <= pl.col("last_seen_utc"))
        .select("number", pl.col("time_utc").dt.epoch("ms").alias("t"), "lon", "lat")
        .sort("number", "t")
    )
    number, t = both["number"].to_numpy(), both["t"].to_numpy()
    lon, lat = both["lon"].to_numpy(), both["lat"].to_numpy()
    if not len(number):
        return _none()
    broken = (np.diff(number) != 0) | (np.diff(t) > 1000 * rules.max_silence_s)
    broken |= np.abs(np.diff(lon)) > 180.0  # over the date line
    starts = np.concatenate([[True], broken])
    path = (np.cumsum(starts) - 1).astype(np.int32)
    of_flight = number[starts]
    first = flown["first_seen_utc"].dt.epoch("ms").to_numpy()[of_flight]
    ids = flown["flight_id"].to_numpy()[of_flight]
    return Tracks(
        lon.astype(np.float32), lat.astype(np.float32), path, _levels(lon, lat, starts), tuple(ids), first
    )


def _levels(
    lon: NDArray[np.float64], lat: NDArray[np.float64], starts: NDArray[np.bool_]
) -> NDArray[np.int8]:
    """The farthest zoom at which each position lies in another cell than the one before it.

    Cells halve with every zoom, so the highest bit in which two numbers of the finest cells differ says where
    they part. Both ends of a path are always shown.
    """
    x = (lon + 180.0) / 360.0
    s = np.sin(np.radians(np.clip(lat, -_FLATTEST, _FLATTEST)))
    y = 0.5 - np.log((1.0 + s) / (1.0 - s)) / (4.0 * np.pi)
    cells = [np.clip(v * _CELLS, 0, _CELLS - 1).astype(np.int32) for v in (x, y)]
    apart = np.zeros(len(lon), np.int32)
    for c in cells:
        apart[1:] |= c[1:] ^ c[:-1]
    bit = np.frexp(apart.astype(np.float64))[1] - 1  # -1 where they share the finest cell
    level: NDArray[np.int8] = np.clip(NEAREST - bit, 0, NEAREST + 1).astype(np.int8)
    level[starts] = 0
    level[np.concatenate([starts[1:], [True]])] = 0
    return level


def pick(tracks: Tracks, window: Window, view: View, rules: TrackRules = TrackRules()) -> Picked:
    """Select what a map shows in a window, no more than ``rules.max_positions``."""
    zoom = int(np.clip(np.floor(view.zoom), 0, NEAREST + 1))
    found, starts = _near(tracks, _flown(tracks, window, zoom), view, rules)
    if len(found) > rules.max_positions:  # coarser first: every flight stays on the map
        level = tracks.level[found]
        n = np.bincount(level, minlength=zoom + 1).cumsum()
        zoom = max(0, int(np.searchsorted(n, rules.max_positions, side="right")) - 1)
        kept = np.flatnonzero(level <= zoom)
        found, starts = found[kept], np.diff(np.cumsum(starts)[kept], prepend=-1) != 0
    every = 1
    if len(found) > rules.max_positions:  # then fewer flights, and the answer says so
        every = -(-len(found) // rules.max_positions)
        kept = tracks.path[found] % every == 0
        found, starts = found[kept], starts[kept]
    return Picked(tracks, found, starts, zoom, every, view.event_ms)


def _flown(tracks: Tracks, window: Window, zoom: int) -> NDArray[np.int32]:
    """Positions that a zoom shows, of flights whose first position lies in the window: one slice of them."""
    shown = tracks.at(zoom)
    paths = np.searchsorted(tracks.first_ms, [int(t.timestamp() * 1000) for t in window.bounds])
    begin, end = np.searchsorted(shown, np.searchsorted(tracks.path, paths))
    return shown[begin:end]


def _near(
    tracks: Tracks, shown: NDArray[np.int32], view: View, rules: TrackRules
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Positions near the map and where lines start anew.

    The neighbours of what is near are taken too, so that lines run out of the map instead of ending in it.
    """
    high, wide = (view.north - view.south) * rules.beside, (view.east - view.west) * rules.beside
    at = None
    if wide < 90.0 and high < 90.0:
        lat, lon = tracks.lat[shown], tracks.lon[shown]
        west, east = np.float32(view.west - wide), np.float32(view.east + wide)
        inside = (lat >= np.float32(view.south - high)) & (lat <= np.float32(view.north + high))
        if west >= -180.0 and east <= 180.0:
            inside &= (lon >= west) & (lon <= east)
        else:  # over the date line, or a map that was pushed around the world
            inside &= (lon - west) % 360.0 <= east - west
        beside = inside.copy()
        beside[1:] |= inside[:-1]
        beside[:-1] |= inside[1:]
        at = np.flatnonzero(beside)
        shown = shown[at]
    starts = np.diff(tracks.path[shown], prepend=-1) != 0
    if at is not None:
        starts |= np.diff(at, prepend=-2) != 1
    return shown, starts


def _none() -> Tracks:
    places, whole = np.empty(0, np.float32), np.empty(0, np.int32)
    return Tracks(places, places, whole, np.empty(0, np.int8), (), np.empty(0, np.int64))
