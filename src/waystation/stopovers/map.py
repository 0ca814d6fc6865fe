"""The map of a demand as shapes: what arrives where and through where, what is closed, who was there.

One row a shape, in degrees as WKT, so that a page, a workbench and a GIS draw the same thing. Features:

    reach            where the payload asked for arrives without a stop, at least with probability ``level``
    reach payload    the line within which ``level`` tonnes arrive without a stop, in the middle of the range
    through          where a stop lets the payload asked for arrive, at least with probability ``level``
    through payload  the same for a stop there
    closed           what is closed to flights between the two ends
    way              the way flown, direct (no ``ident``) or through a stop
    end, airfield    the two ends; stops: the best by score, those used before, the sites of the case
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from waystation.stopovers.contours import at_least, filled
from waystation.stopovers.map_frame import Frame, MapRules, frame_of, wkt
from waystation.stopovers.reach import legs_reach
from waystation.stopovers.setting import StopoverRules
from waystation.stopovers.wind import headwinds_kt
from waystation.terms.geodesy import unit_vectors
from waystation.terms.schema import TABLES
from waystation.world.airspace import closed_areas
from waystation.world.breguet import greatest_payload_t
from waystation.world.performance import performance_of
from waystation.world.ways import shortest_way
from waystation.world.ways_many import INSIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from waystation.stopovers.build import Ranking
    from waystation.stopovers.demand import Demand
    from waystation.stopovers.legs import WayFinder
    from waystation.world.airfields import Airfields
    from waystation.world.closed_shapes import ClosedAreas
    from waystation.world.performance import Performance

__all__ = ["map_shapes"]

Row = dict[str, Any]
Floats = NDArray[np.float64]
_COARSE: Final = 0.15  # of the grid's step: finer than the contours themselves
_ISLET: Final = 0.4  # of the step across: smaller closed areas do not interrupt a contour
_BESIDE: Final = 0.3  # of the step: a line of payload ends so far from a closed area


def map_shapes(
    demands: Sequence[Demand],
    ranking: Ranking,
    airfields: Airfields,
    *,
    way: WayFinder,
    named: Iterable[str] = (),
    performance: Callable[[str], Performance | None] = performance_of,
    rules: StopoverRules | None = None,
    drawn: MapRules | None = None,
) -> pa.Table:
    """Return the shapes (schema ``stopover_map``) of every demand of a ranking whose type has a curve.

    ``way``: as for ``build``. ``named``: sites that are shown whatever their rank.
    """
    chosen, limits = rules or StopoverRules.usual(), drawn or MapRules()
    parts = ranking.parts.append_column("used_before", ranking.stopovers.column("used_before"))
    for name in ("payload_max_t", "feasible_probability"):
        parts = parts.append_column(name, ranking.stopovers.column(name))
    rows = parts.to_pylist()
    sites = frozenset(named)
    out: list[Row] = []
    for demand in dict.fromkeys(demands):
        aircraft = performance(demand.type)
        if aircraft is None or aircraft.curve is None:
            continue
        payload = aircraft.payload_t if demand.payload_t is None else demand.payload_t
        key = {k: getattr(demand, k) for k in ("origin", "destination", "type")}
        key |= {"payload_t": payload, "scenario": demand.under.scenario}
        mine = [r for r in rows if all(r[k] == v for k, v in key.items())]
        out += [
            key | shape
            for shape in _shapes(demand, payload, aircraft, mine, sites, airfields, way, chosen, limits)
        ]
    columns = [pa.array([r.get(f.name) for r in out], type=f.type) for f in TABLES["stopover_map"]]
    return pa.table(columns, schema=TABLES["stopover_map"])


def _shapes(
    demand: Demand,
    payload: float,
    aircraft: Performance,
    mine: list[Row],
    sites: frozenset[str],
    airfields: Airfields,
    way: WayFinder,
    rules: StopoverRules,
    limits: MapRules,
) -> Iterator[Row]:
    ends = [_place(airfields, i) for i in (demand.origin, demand.destination)]
    frame = frame_of([(e[0], e[1]) for e in ends], limits)
    closed = closed_areas(
        demand.on, demand.operator_class, to=(ends[0][2], ends[1][2]), more=demand.under.closures
    )
    nowhere = np.full(len(frame.lat), "", dtype=object)
    areas = _closed(closed, frame)
    shut, inside = _outline(list(areas.values()), frame), np.zeros((len(frame.y), len(frame.x)), dtype=bool)
    beside = shut.buffer(_BESIDE * frame.step_km).union(frame.box.boundary.buffer(1.0))
    legs, winds, step = [], [], limits.payload_step_t
    for (lat, lon, country), back in zip(ends, (False, True), strict=True):
        how: dict[str, Any] = {"on": demand.on, "operator_class": demand.operator_class}
        km, said = way(lat, lon, country, frame.lat, frame.lon, nowhere, **how, more=demand.under.closures)
        inside |= (said == INSIDE).reshape(inside.shape)
        legs.append(km)
        wind = headwinds_kt(lat, lon, frame.lat, frame.lon, km, demand.under, back=back)
        winds.append(wind + rules.reach.headwind_kt)
    for feature, n in (("reach", 1), ("through", 2)):
        km, wind = np.stack(legs[:n]), np.stack(winds[:n])
        likely = legs_reach(aircraft, payload, km, rules.reach, wind).probability
        for level, shape in _contours(filled(likely, inside), frame, limits.probabilities):
            text = wkt(shape.difference(shut), frame)
            if text:
                yield {"feature": feature, "level": level, "wkt": text}
        most = aircraft.payload_t
        levels = (*np.arange(step, most - step / 2, step), most)
        load = filled(_middle_t(aircraft, km, wind), inside)
        for level, shape in _contours(load, frame, levels):
            text = wkt(shape.boundary.difference(beside), frame)
            if text:
                yield {"feature": f"{feature} payload", "level": level, "wkt": text}
    for name, shape in areas.items():
        text = wkt(shape, frame)
        if text:
            yield {"feature": "closed", "name": name, "wkt": text}
    stops = [r for r in mine if r["stopover"]]
    yield from _ways(demand, stops[: limits.n_ways], airfields)
    yield from _airfields(demand, stops, sites, airfields, limits)


def _middle_t(aircraft: Performance, km: Floats, wind: Floats) -> Floats:
    """Return the payload (t) that arrives in the middle of curve and wind, over all legs (legs, m).

    Not held to the greatest payload: a flat top has no line of its own. Below zero where nothing arrives.
    """
    assert aircraft.curve is not None
    calm = km / np.maximum(1.0 - wind / aircraft.cruise_kt, 0.05)
    load = greatest_payload_t(aircraft.curve, calm).min(axis=0)
    held = np.maximum(load, -aircraft.payload_t)
    return np.asarray(np.nan_to_num(held, nan=-aircraft.payload_t), dtype=np.float64)


def _contours(field: Floats, frame: Frame, levels: Iterable[float]) -> Iterator[tuple[float, Any]]:
    """Yield (level, where the field is at least so high)."""
    for level in levels:
        yield float(level), at_least(field, frame.x, frame.y, float(level))


def _closed(closed: ClosedAreas, frame: Frame) -> dict[str, Any]:
    """Return the closed areas on the map by name."""
    areas, out = closed.areas, {}
    for k, name in enumerate(closed.names):
        rings = [np.flatnonzero(areas.ring == i) for i in np.flatnonzero(areas.label == k)]
        flat = [shapely.make_valid(shapely.Polygon(frame.plane.flat(areas.points[r]))) for r in rings]
        out[name] = shapely.union_all(flat).intersection(frame.box)
    return out


def _outline(areas: list[Any], frame: Frame) -> Any:  # noqa: ANN401 - shapely has no types
    """Return the closed areas as one, without bays and islets: contours end there, coasts are drawn once."""
    near = shapely.union_all(areas).simplify(frame.step_km * _COARSE)
    large = [p for p in shapely.get_parts(near) if p.area > (frame.step_km * _ISLET) ** 2]
    return shapely.make_valid(shapely.union_all(large))


def _ways(demand: Demand, stops: list[Row], airfields: Airfields) -> Iterator[Row]:
    """Yield the ways as flown; each leg has the closures that hold between its own two countries."""
    for stop in (None, *(r["stopover"] for r in stops)):
        idents = [i for i in (demand.origin, stop, demand.destination) if i]
        lines = []
        for (lat1, lon1, a), (lat2, lon2, b) in pairwise(_place(airfields, i) for i in idents):
            closed = closed_areas(demand.on, demand.operator_class, to=(a, b), more=demand.under.closures)
            found = shortest_way(lat1, lon1, lat2, lon2, closed)
            lines.append([(lon, lat) for lat, lon in _dense(found.lat, found.lon)])
        if all(len(line) > 1 for line in lines):
            text = shapely.to_wkt(shapely.MultiLineString(lines), rounding_precision=2)
            yield {"feature": "way", "ident": stop, "wkt": text}


def _dense(lat: Any, lon: Any) -> Iterator[tuple[float, float]]:  # noqa: ANN401 - arrays
    """Places along the great circles between corners, so that a straight stroke on a map is the way."""
    points = unit_vectors(lat, lon).reshape(-1, 3)
    for a, b in pairwise(points):
        t = np.linspace(0, 1, 25)[:, None]
        line = a * (1 - t) + b * t
        for x, y, z in line:
            yield float(np.degrees(np.arctan2(z, np.hypot(x, y)))), float(np.degrees(np.arctan2(y, x)))


def _airfields(
    demand: Demand, stops: list[Row], sites: frozenset[str], airfields: Airfields, limits: MapRules
) -> Iterator[Row]:
    for ident in (demand.origin, demand.destination):
        yield {"feature": "end", "ident": ident} | _point(airfields, ident)
    used = sorted((r for r in stops if r["used_before"]), key=lambda r: (-r["used_before"], r["stopover"]))
    best = [r for r in stops[: limits.n_best] if r["factor_reach"]]
    shown = {r["stopover"] for r in (*best, *used[: limits.n_used])} | sites
    for r in stops:
        if r["stopover"] in shown:
            yield {
                "feature": "airfield",
                "ident": r["stopover"],
                "rank": r["rank"],
                "probability": r["feasible_probability"],
                "payload_max_t": r["payload_max_t"],
                "used_before": r["used_before"],
            } | _point(airfields, r["stopover"])


def _point(airfields: Airfields, ident: str) -> Row:
    lat, lon, _ = _place(airfields, ident)
    return {"name": str(airfields.name[airfields.index[ident]]), "wkt": f"POINT ({lon:.4f} {lat:.4f})"}


def _place(airfields: Airfields, ident: str) -> tuple[float, float, str]:
    i = airfields.index[ident]
    return float(airfields.lat[i]), float(airfields.lon[i]), str(airfields.iso_country[i])
