"""Two maps of a demand: what arrives where without a stop, and what arrives at its end through a stop where.

Shapes come from the table ``stopover_map``; here they get a projection, colours and names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from markupsafe import Markup

from waystation.briefing.labels import Label, placed
from waystation.briefing.maps import country_names, land_paths, on_page, scale_bar
from waystation.briefing.projection import fit
from waystation.briefing.svg import el, join, link, path_d
from waystation.briefing.wording import percent_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waystation.briefing.places import Places
    from waystation.briefing.projection import Frame
    from waystation.world.basemap import Basemap

__all__ = ["demand_maps"]

Row = dict[str, Any]
_SHADES: Final = 0.17  # opacity of each of the nested areas: the surer, the darker
_LEAST_LINE: Final = 4  # corners on the page: a shorter piece of a line gets no tonnes written to it
_LONG: Final = 22  # letters of a name that is no site of the case
_NAMED: Final = 6  # stops by score that are written out, beside ends and sites


def demand_maps(
    rows: Sequence[Row], places: Places, basemap: Basemap, *, key: str
) -> dict[str, tuple[Markup, Markup]]:
    """Return feature (through, reach) → the map wide and narrow; empty where no type has a curve.

    The ground is drawn once and shown in every map; ``key`` tells the maps of a page apart.
    """
    points = {r["ident"]: r for r in rows if r["feature"] in {"end", "airfield"}}
    if not points:
        return {}
    frame, ground, hatch = _frame(rows, points), f"stopover-ground-{key}", f"stopover-closed-{key}"
    below = el(
        "g",
        el("rect", width=frame.width, height=frame.height, class_="sea"),
        *land_paths(frame, basemap),
        id=ground,
    )
    above = el(
        "g", *[_closed(r, frame, hatch) for r in rows if r["feature"] == "closed"], id=f"{ground}-closed"
    )
    defs = _hidden(el("defs", _hatching(hatch), below, above))
    out = {}
    for feature in _ABOUT:
        layer = f"stopover-{feature}-{key}"
        areas = sorted((r for r in rows if r["feature"] == feature), key=lambda r: r["level"])
        lines = [r for r in rows if r["feature"] == f"{feature} payload"]
        ways = [r for r in rows if r["feature"] == "way" and (feature == "through") == bool(r["ident"])]
        drawn = [
            el("g", *[_area(r, frame) for r in areas], id=f"{layer}-areas"),
            el(
                "g",
                *[_load_line(r, frame) for r in lines],
                *[_way(r, frame) for r in ways],
                id=f"{layer}-lines",
            ),
        ]
        shown = [f"{ground}", f"{layer}-areas", f"{ground}-closed", f"{layer}-lines"]
        views = [
            _view(points, lines, shown, frame, places, basemap, size, width, _ABOUT[feature])
            for size, width in ((11.5, "wide"), (27.0, "narrow"))
        ]
        out[feature] = (join([defs, _hidden(el("defs", *drawn)), views[0]]), views[1])
        defs = Markup("")
    return out


def _hidden(defs: Markup) -> Markup:
    return el("svg", defs, width=0, height=0, class_="defs")


def _view(
    points: Mapping[str, Row],
    lines: Sequence[Row],
    shown: Sequence[str],
    frame: Frame,
    places: Places,
    basemap: Basemap,
    size: float,
    width: str,
    about: str,
) -> Markup:
    """One window on the layers with letters of its own size."""
    labels = [*_names(points, frame, places, size), *_loads(lines, frame, size)]
    names = placed(labels, frame.width, frame.height)
    texts = [
        link(
            None,
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
        *[el("use", href=f"#{layer}") for layer in shown],
        *country_names(frame, basemap, size, [n.box for n in names]),
        *[_dot(r, frame, size) for r in points.values()],
        *texts,
        scale_bar(frame, size),
        viewBox=f"0 0 {frame.width:g} {frame.height:.0f}",
        class_=f"map {width}",
        role="group",
        aria_label=about,
    )


_ABOUT: Final = {
    "through": "Map of where a stop lets the payload arrive; the table of stopovers holds the numbers",
    "reach": "Map of where the payload arrives without a stop; the table of stopovers holds the numbers",
}


def _frame(rows: Sequence[Row], points: Mapping[str, Row]) -> Frame:
    """Ends and stops, and room for the ways between them."""
    shapes = [
        shapely.from_wkt(r["wkt"]) for r in (*points.values(), *(r for r in rows if r["feature"] == "way"))
    ]
    xy = np.concatenate([shapely.get_coordinates(s) for s in shapes])
    return fit(xy[:, 1], xy[:, 0], aspect=(0.55, 0.95))


def _rings(row: Row) -> list[Any]:
    shape = shapely.from_wkt(row["wkt"])
    polygons = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    return [np.asarray(ring.coords) for p in polygons for ring in (p.exterior, *p.interiors)]


def _page(line: Any, frame: Frame) -> Any:  # noqa: ANN401 - arrays
    return on_page(np.stack([line[:, 0] - frame.lon0, line[:, 1]], axis=-1), frame)


def _path(row: Row, frame: Frame) -> str:
    return "".join(path_d(_page(ring, frame), closed=True) for ring in _rings(row))


def _closed(row: Row, frame: Frame, hatch: str) -> Markup:
    shape = el(
        "path", d=_path(row, frame), fill=f"url(#{hatch}) #b3470f33", stroke="var(--warm)", stroke_width=0.6
    )
    return link(None, shape, title=f"closed: {row['name']}")


def _hatching(name: str) -> Markup:
    return el(
        "pattern",
        el("rect", width=6, height=6, fill="var(--warm)", fill_opacity="0.13"),
        el("line", x1=0, y1=0, x2=0, y2=6, stroke="var(--warm)", stroke_width=1.6, stroke_opacity="0.55"),
        id=name,
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )


def _area(row: Row, frame: Frame) -> Markup:
    shape = el("path", d=_path(row, frame), class_="c2", fill_opacity=f"{_SHADES}", fill_rule="evenodd")
    return link(
        None, shape, title=f"the payload asked for arrives in at least {percent_text(row['level'])} of draws"
    )


def _strokes(row: Row, frame: Frame) -> list[Any]:
    parts = shapely.get_parts(shapely.from_wkt(row["wkt"]))
    return [_page(np.asarray(p.coords), frame) for p in parts if p.geom_type == "LineString"]


def _load_line(row: Row, frame: Frame) -> Markup:
    d = "".join(path_d(line) for line in _strokes(row, frame))
    path = el("path", d=d, fill="none", stroke="var(--c2)", stroke_width=1.2, stroke_dasharray="5 3")
    return link(None, path, title=f"{row['level']:g} t arrive inside, in the middle of the range")


def _loads(rows: Sequence[Row], frame: Frame, size: float) -> list[Label]:
    """The tonnes of each line, where its longest part on the page comes nearest to the middle of the page."""
    labels, middle = [], np.array([frame.width / 2, frame.height / 2])
    for row in rows:
        inside = [
            p[(p[:, 0] > 30) & (p[:, 0] < frame.width - 60) & (p[:, 1] > 20) & (p[:, 1] < frame.height - 20)]
            for p in _strokes(row, frame)
        ]
        longest = max(inside, key=len, default=middle[:0])
        if len(longest) > _LEAST_LINE:
            x, y = longest[int(np.argmin(np.hypot(*(longest - middle).T)))]
            text = f"{row['level']:g} t"
            labels.append(
                Label(
                    text,
                    float(x),
                    float(y),
                    size * 0.9,
                    strong=False,
                    anchor=None,
                    title=f"{text} arrive inside",
                )
            )
    return labels


def _way(row: Row, frame: Frame) -> Markup:
    path = el(
        "path",
        d="".join(path_d(line) for line in _strokes(row, frame)),
        fill="none",
        stroke="var(--ink)",
        stroke_width=1.1,
        stroke_opacity="0.55",
    )
    return link(
        None, path, title=f"the way through {row['ident']}" if row["ident"] else "the way without a stop"
    )


def _dot(row: Row, frame: Frame, size: float) -> Markup:
    """Ends as squares; stops as circles, filled where the fleet was before."""
    x, y = _page(shapely.get_coordinates(shapely.from_wkt(row["wkt"])), frame)[0]
    if row["feature"] == "end":
        half = size * 0.34
        return el(
            "rect", x=float(x) - half, y=float(y) - half, width=2 * half, height=2 * half, class_="site"
        )
    used = row["used_before"] or 0
    r = size * (0.22 + 0.1 * float(np.log10(1 + used)))
    if used:
        return el("circle", cx=float(x), cy=float(y), r=r, class_="site")
    return el(
        "circle", cx=float(x), cy=float(y), r=r, fill="var(--paper)", stroke="var(--ink)", stroke_width=1.2
    )


def _names(points: Mapping[str, Row], frame: Frame, places: Places, size: float) -> list[Label]:
    out = []
    order = sorted(points.values(), key=lambda r: (r["feature"] != "end", r["rank"] or 0))
    for n, r in enumerate(order):
        site = r["feature"] == "end" or (r["ident"] in places.known and places.known[r["ident"]].site)
        if not site and n > _NAMED + 1:
            continue
        x, y = _page(shapely.get_coordinates(shapely.from_wkt(r["wkt"])), frame)[0]
        name = places.short(r["ident"])
        if name == r["ident"]:
            name = str(r["name"] or name)
        short = name.split(" / ")[0].split(" International")[0].removesuffix(" Airport")
        text = name if site else short if len(short) <= _LONG else r["ident"]
        used = f", used {r['used_before']} times before" if r["used_before"] else ""
        told = "" if r["probability"] is None else f": {percent_text(r['probability'])}{used}"
        out.append(Label(text, float(x), float(y), size, site, None, f"{text}{told}"))
    return out
