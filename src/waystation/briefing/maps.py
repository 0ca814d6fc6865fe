"""The map: land and borders, the tracks heard, routes as great circles as wide as their flights, airfields.

The geometry is drawn once and shown twice, wide and narrow, each with letters of its own size.
Silences longer than ``MapRules.max_silence_s`` are dashed: nothing was heard there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from waystation.briefing.labels import Label, placed
from waystation.briefing.lines import clip_ring, densify, great_circle, thin, world_copies
from waystation.briefing.projection import Frame, fit
from waystation.briefing.svg import el, join, link, path_d
from waystation.briefing.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waystation.briefing.map_tracks import Track
    from waystation.briefing.places import Place, Places
    from waystation.world.basemap import Basemap

__all__ = [
    "MapRules",
    "RouteLine",
    "country_names",
    "draw_map",
    "land_paths",
    "on_page",
    "scale_bar",
]

Line = NDArray[np.float64]


@dataclass(frozen=True)
class MapRules:
    """What a printed map can carry."""

    max_silence_s: float = 900.0
    """Longer silences are dashed: the same threshold as gaps."""
    tolerance_px: float = 0.6
    """Tracks are thinned to this distance, under a pixel."""
    max_points: int = 60_000
    """About 0.6 MB of path data; beyond, the tolerance is doubled until the tracks fit."""
    max_width_px: float = 7.0
    """Of the route with most flights."""
    max_airfields: int = 60
    """Labelled at most, the busiest first; sites of the case always."""
    max_named: int = 14
    """Up to so many airfields beside the sites are written by name, more by ident; sites always by name."""


@dataclass(frozen=True)
class RouteLine:
    """One directed pair with its count and the anchor of its rows; ``side``: before or after an event."""

    origin: str
    destination: str
    n: int
    anchor: str | None
    side: str = ""


def draw_map(
    tracks: Sequence[Track],
    routes: Sequence[RouteLine],
    visits: Mapping[str, tuple[int, str | None]],
    places: Places,
    basemap: Basemap,
    *,
    anchors: Mapping[str, str],
    key: str = "all",
    rules: MapRules | None = None,
) -> Markup | None:
    """Return the figure's SVGs, or None where there is nothing with a place. ``key`` tells maps apart.

    ``visits``: airfield → (named ends, anchor of their rows). ``anchors``: flight → its row.
    """
    limits = rules or MapRules()
    shown = _airfields(visits, places, limits)
    lat = np.concatenate([*(t.lat for t in tracks), np.array([p.lat for p in shown])])
    lon = np.concatenate([*(t.lon for t in tracks), np.array([p.lon for p in shown])])
    if not len(lat):
        return None
    frame = fit(lat, lon)
    geometry = el(
        "g",
        el("rect", width=frame.width, height=frame.height, class_="sea"),
        *land_paths(frame, basemap),
        el("g", *_tracks(tracks, frame, anchors, limits), class_="tracks"),
        el("g", *_routes(routes, places, frame, limits), class_="routes"),
        id=f"map-{key}",
    )
    defs = el("svg", el("defs", geometry), width=0, height=0, class_="defs")
    views = [
        _view(frame, shown, visits, places, basemap, size, name, key)
        for size, name in ((11.5, "wide"), (27.0, "narrow"))
    ]
    return join([defs, *views])


def _airfields(visits: Mapping[str, tuple[int, str | None]], places: Places, rules: MapRules) -> list[Place]:
    """Busiest first; sites always."""
    order = sorted(visits, key=lambda i: (-visits[i][0], i))[: rules.max_airfields]
    sites = sorted(i for i, p in places.known.items() if p.site and i not in order)
    return [places.known[i] for i in (*order, *sites) if i in places.known]


def land_paths(frame: Frame, basemap: Basemap) -> list[Markup]:
    """Land and borders, whatever of them the frame shows."""
    south, north, west, east = frame.bounds()
    box = (west, east, south, north)
    rings = []
    for ring in basemap.land:
        for copy in world_copies(ring - np.array([frame.lon0, 0.0]), west, east):
            part = (
                clip_ring(copy, box) if copy[:, 1].max() >= south and copy[:, 1].min() <= north else copy[:0]
            )
            if len(part) > 2:
                edge = densify(np.concatenate([part, part[:1]]), 1.0)
                rings.append(path_d(on_page(edge, frame), closed=True))
    lines = []
    for border in basemap.borders:
        lines += [
            path_d(on_page(copy, frame))
            for copy in world_copies(border - np.array([frame.lon0, 0.0]), west, east)
            if copy[:, 1].max() >= south and copy[:, 1].min() <= north
        ]
    return [el("path", d="".join(rings), class_="land"), el("path", d="".join(lines), class_="border")]


def on_page(line: Line, frame: Frame) -> Line:
    """Relative longitudes, latitudes → page units, held near the page so that no number grows wild."""
    if frame.world:
        xy = np.stack(
            [frame.ox + frame.k * np.radians(line[:, 0]), frame.oy - frame.k * np.radians(line[:, 1])],
            axis=-1,
        )
    else:
        xy = frame.project(line[:, 1], line[:, 0] + frame.lon0)
    reach = 4 * max(frame.width, frame.height)
    return np.clip(xy, -reach, reach)


def _tracks(
    tracks: Sequence[Track], frame: Frame, anchors: Mapping[str, str], rules: MapRules
) -> list[Markup]:
    pages = [frame.project(t.lat, t.lon) for t in tracks]
    tolerance = rules.tolerance_px
    while True:
        pieces = [_pieces(t, xy, tolerance, frame, rules) for t, xy in zip(tracks, pages, strict=True)]
        if sum(len(p) for solid, dashed in pieces for p in (*solid, *dashed)) <= rules.max_points:
            break
        tolerance *= 2
        if tolerance > 50:
            break
    out = []
    for track, (solid, dashed) in zip(tracks, pieces, strict=True):
        parts = []
        if solid:
            parts.append(el("path", d="".join(path_d(p) for p in solid), class_="track"))
        if dashed:
            parts.append(el("path", d="".join(path_d(p) for p in dashed), class_="silent"))
        if parts:
            title = f"flight {track.flight_id}"
            out.append(link(anchors.get(track.flight_id), *parts, title=title, class_="mark"))
    return out


def _pieces(
    track: Track, xy: Line, tolerance: float, frame: Frame, rules: MapRules
) -> tuple[list[Line], list[Line]]:
    """Solid runs and dashed silences of one track; a jump over the map's seam is neither."""
    breaks = np.flatnonzero(np.diff(track.time_s) > rules.max_silence_s)
    seams = np.flatnonzero(np.abs(np.diff(xy[:, 0])) > frame.width / 2) if frame.world else breaks[:0]
    cuts = np.union1d(breaks, seams)
    runs = np.split(np.arange(len(xy)), cuts + 1)
    solid = [xy[r][thin(xy[r], tolerance)] for r in runs if len(r) > 1]
    dashed = []
    for i in np.setdiff1d(breaks, seams).tolist():
        lat, lon = great_circle(track.lat[i], track.lon[i], track.lat[i + 1], track.lon[i + 1], 17)
        dashed.append(frame.project(lat, lon))
    return solid, dashed


def _routes(routes: Sequence[RouteLine], places: Places, frame: Frame, rules: MapRules) -> list[Markup]:
    """Arcs, the widest first so that thin ones stay on top; there and back bend to their own right."""
    most = max((r.n for r in routes), default=1)
    out = []
    for r in sorted(routes, key=lambda r: (-r.n, r.origin, r.destination)):
        a, b = places.known.get(r.origin), places.known.get(r.destination)
        if a is None or b is None:
            continue
        wide = 1.2 + (rules.max_width_px - 1.2) * r.n / most
        when = f", {r.side}" if r.side else ""
        title = f"{r.origin} → {r.destination}{when}: {counted(r.n, 'flight')}"
        mark = f" {r.side}" if r.side else ""
        if a.ident == b.ident:
            x, y = frame.project([a.lat], [a.lon])[0]
            shape = el(
                "circle",
                cx=float(x),
                cy=float(y),
                r=7.5 + wide / 2,
                stroke_width=wide,
                class_=f"route local{mark}",
            )
            out.append(link(r.anchor, shape, title=title, class_="mark"))
            continue
        lat, lon = great_circle(a.lat, a.lon, b.lat, b.lon)
        line = _bent(frame.project(lat, lon), wide, 2.6 if r.side == "after" else 1.0)
        if frame.world and np.any(np.abs(np.diff(line[:, 0])) > frame.width / 2):
            parts = np.split(line, np.flatnonzero(np.abs(np.diff(line[:, 0])) > frame.width / 2) + 1)
        else:
            parts = [line]
        shape = el("path", d="".join(path_d(p) for p in parts), stroke_width=wide, class_=f"route{mark}")
        out.append(link(r.anchor, shape, _arrow(line, wide, mark), title=title, class_="mark"))
    return out


def _bent(line: Line, wide: float, times: float = 1.0) -> Line:
    """Pushed to the right of travel, most in the middle; ``times`` keeps two sides of an event apart."""
    chord = line[-1] - line[0]
    length = float(np.hypot(*chord)) or 1.0
    right = np.array([-chord[1], chord[0]]) / length
    push = np.sin(np.linspace(0, np.pi, len(line))) * (min(10.0, length * 0.06) * times + wide / 2)
    return np.asarray(line + push[:, None] * right, dtype=np.float64)


def _arrow(line: Line, wide: float, mark: str = "") -> Markup:
    """A head at three fifths of the way."""
    i = int(len(line) * 0.6)
    d = line[i + 1] - line[i - 1]
    length = float(np.hypot(*d))
    if length < 1e-6:
        return Markup("")
    d = d / length * (4.5 + wide * 0.8)
    side = np.array([-d[1], d[0]]) * 0.55
    tip, a, b = line[i] + d, line[i] + side, line[i] - side
    return el("path", d=path_d(np.stack([tip, a, b]), closed=True), class_=f"arrow{mark}")


def _view(
    frame: Frame,
    shown: Sequence[Place],
    visits: Mapping[str, tuple[int, str | None]],
    places: Places,
    basemap: Basemap,
    size: float,
    name: str,
    key: str,
) -> Markup:
    """One window on the geometry with its own letters (``size``: page units of a line of text)."""
    xy = frame.project([p.lat for p in shown], [p.lon for p in shown]) if shown else np.empty((0, 2))
    few = sum(not p.site for p in shown) <= MapRules.max_named
    wanted = [
        Label(
            _label(p, places, few),
            float(x),
            float(y),
            size,
            p.site,
            visits.get(p.ident, (0, None))[1],
            f"{places.name(p.ident)}: {counted(visits.get(p.ident, (0, None))[0], 'named end')}",
            p.ident,
        )
        for p, (x, y) in zip(shown, xy, strict=True)
    ]
    dots = [
        el(
            "circle",
            cx=lab.x,
            cy=lab.y,
            r=size * (0.3 if lab.strong else 0.22),
            class_="site" if lab.strong else "dot",
        )
        for lab in wanted
    ]
    names = placed(wanted, frame.width, frame.height)
    lands = country_names(frame, basemap, size, [n.box for n in names])
    texts = [
        link(
            n.label.anchor,
            el(
                "text",
                n.label.text,
                x=n.x,
                y=n.y,
                font_size=size,
                class_="place strong" if n.label.strong else "place",
            ),
            title=n.label.title,
        )
        for n in names
    ]
    return el(
        "svg",
        el("use", href=f"#map-{key}"),
        *lands,
        *dots,
        *texts,
        scale_bar(frame, size),
        viewBox=f"0 0 {frame.width:g} {frame.height:.0f}",
        class_=f"map {name}",
        role="group",
        aria_label="Map of the tracks, routes and airfields; the tables below hold the same",
    )


_LONGEST_NAME = 20  # letters; a longer name of an airfield that is no site stays its ident


def _label(p: Place, places: Places, few: bool) -> str:
    name = places.short(p.ident)
    return name if p.site or (few and len(name) <= _LONGEST_NAME) else p.ident


def country_names(
    frame: Frame, basemap: Basemap, size: float, taken: list[tuple[float, float, float, float]]
) -> list[Markup]:
    """Names of countries where there is room."""
    out = []
    for c in sorted(basemap.countries, key=lambda c: -c.size_deg2):
        room = np.sqrt(c.size_deg2) * 111.0 / frame.km_per_unit
        wide = 0.62 * size * len(c.name)
        x, y = frame.project([c.lat], [c.lon])[0]
        inside = wide / 2 < x < frame.width - wide / 2 and size * 1.5 < y < frame.height - size
        box = (x - wide / 2, y - size, x + wide / 2, y + size * 0.3)
        if room < wide * 0.8 or not inside or any(_overlap(box, b) for b in taken):
            continue
        taken.append(box)
        out.append(el("text", c.name, x=float(x), y=float(y), font_size=size * 0.95, class_="country"))
    return out


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def scale_bar(frame: Frame, size: float) -> Markup:
    """A round length of about a sixth of the width."""
    target = frame.width / 6 * frame.km_per_unit
    power = 10 ** int(np.floor(np.log10(target)))
    km = max(p for p in (power, 2 * power, 5 * power) if p <= target)
    x0, y0 = 14.0, frame.height - 12.0
    return join(
        [
            el("line", x1=x0, x2=x0 + km / frame.km_per_unit, y1=y0, y2=y0, class_="scale"),
            el("text", f"{km:,} km", x=x0, y=y0 - 5, font_size=size * 0.9, class_="scale-text"),
        ]
    )
