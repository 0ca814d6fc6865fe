"""The part of the world that a map of a demand shows: a grid on a plane, shapes on it as WKT in degrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from waystation.terms.geodesy import distance_km, unit_vectors
from waystation.terms.units import EARTH_RADIUS_KM
from waystation.world.planes import Plane

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Frame", "MapRules", "frame_of", "wkt"]

Floats = NDArray[np.float64]
_DECIMALS: Final = 2  # of a degree: a kilometre, a hundredth of what the reach is known to


@dataclass(frozen=True)
class MapRules:
    """What a map shows."""

    detour: float = 1.35  # of the great circle: who stops further aside than this is off the map
    margin_km: float = 400.0  # around the ends
    n_across: int = 48  # steps along the longer side: 190 km for Moscow to Bamako
    simplify: float = 0.08  # of a step: thins the edges by less than one sees
    payload_step_t: float = 10.0  # between lines of equal payload
    probabilities: tuple[float, ...] = (
        0.05,
        0.5,
        0.95,
    )  # of the payload asked for: a 90 % band and its middle
    n_best: int = 12  # airfields by score
    n_used: int = 20  # of those that the fleet used before, the busiest
    n_ways: int = 3  # stops of which the way is drawn, beside the direct one


@dataclass(frozen=True, eq=False)
class Frame:
    """``x``, ``y``: km east and north of the plane's centre; ``lat``, ``lon`` (len(y) · len(x),): degrees."""

    plane: Plane
    x: Floats
    y: Floats
    lat: Floats
    lon: Floats

    @property
    def step_km(self) -> float:
        """Between neighbours of the grid."""
        return float(self.x[1] - self.x[0])

    @property
    def box(self) -> Any:  # noqa: ANN401 - shapely has no types
        """The frame as a polygon on the plane."""
        return shapely.box(self.x[0], self.y[0], self.x[-1], self.y[-1])


def frame_of(ends: Sequence[tuple[float, float]], rules: MapRules) -> Frame:
    """Return the frame around two places (lat, lon): all stops whose detour is small enough are on it."""
    points = unit_vectors([p[0] for p in ends], [p[1] for p in ends])
    middle = points.sum(axis=0)
    if np.linalg.norm(middle) < 1e-6:
        middle = np.cross(points[0], [0.0, 0.0, 1.0])
    plane = Plane.around(middle / np.linalg.norm(middle))
    straight = float(distance_km(*ends[0], *ends[1]))
    reach = min(rules.detour * straight / 2 + rules.margin_km, np.pi * EARTH_RADIUS_KM * 0.45)
    grid = np.linspace(-reach, reach, 81)
    gx, gy = np.meshgrid(grid, grid)
    lat, lon = _degrees(plane.round(np.stack([gx.ravel(), gy.ravel()], axis=-1)))
    legs = distance_km(*ends[0], lat, lon) + distance_km(*ends[1], lat, lon)
    near = np.asarray(legs <= rules.detour * straight + 2 * rules.margin_km).reshape(gx.shape)
    xs, ys = (grid[near.any(axis=axis)] for axis in (0, 1))
    step = max(float(np.ptp(xs)), float(np.ptp(ys))) / rules.n_across
    x, y = (np.arange(a[0], a[-1] + step, step) for a in (xs, ys))
    gx, gy = np.meshgrid(x, y)
    return Frame(plane, x, y, *_degrees(plane.round(np.stack([gx.ravel(), gy.ravel()], axis=-1))))


def wkt(shape: Any, frame: Frame) -> str | None:  # noqa: ANN401
    """Return a shape of the plane as WKT in degrees (lon lat), cut at 180°; None where it is empty."""
    thin = shape.simplify(frame.step_km * MapRules.simplify)
    if thin.is_empty:
        return None
    middle = float(_degrees(frame.plane.centre[None, :])[1][0])

    def placed(flat: Floats) -> Floats:
        lat, lon = _degrees(frame.plane.round(flat))
        return np.stack([middle + (lon - middle + 180.0) % 360.0 - 180.0, lat], axis=-1)

    out = _cut(shapely.transform(thin, placed))
    return str(shapely.to_wkt(out, rounding_precision=_DECIMALS)) if not out.is_empty else None


def _cut(shape: Any) -> Any:  # noqa: ANN401
    """Return the shape with every longitude within ±180°."""
    west, _, east, _ = shape.bounds
    if west >= -180 and east <= 180:
        return shape
    parts = []
    for turn in (-360.0, 0.0, 360.0):
        window = shapely.box(-180 - turn, -90, 180 - turn, 90)
        part = shapely.make_valid(shape).intersection(window)
        parts.append(shapely.transform(part, lambda p, turn=turn: p + np.array([turn, 0.0])))
    return shapely.union_all([p for p in parts if not p.is_empty])


def _degrees(points: Floats) -> tuple[Floats, Floats]:
    lat = np.degrees(np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1])))
    return lat, np.degrees(np.arctan2(points[:, 1], points[:, 0]))
