"""The figures of a stopover question: two maps, a curve of payload, and the scenarios side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.page_figures import NARROW, WIDE, Figure
from waystation.briefing.stopover_charts import Load, LoadCurve, bands_chart, curves_chart
from waystation.briefing.stopover_map import demand_maps
from waystation.briefing.stopover_rows import demand_rows, scenario_name, scenarios_of, stops_shown
from waystation.world.basemap import load_basemap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waystation.briefing.asked import Asked

__all__ = ["stopover_figures"]

Row = dict[str, Any]
_CURVES: Final = 5  # stops beside the direct flight: as many as colours
_BANDS: Final = 9

_LEGEND: Final = (
    "Green: the payload asked for arrives in at least 5, 50 and 95 % of the draws of range and wind, the "
    "surer the stronger; dashed: so many tonnes arrive in the middle of the range. Hatched: closed to "
    "flights between the two ends. Circles: stops, filled where the fleet was before; lines: ways around "
    "what is closed."
)


def stopover_figures(asked: Asked) -> Iterator[Figure]:
    """Yield what of this there is; a type without a curve has none."""
    rows = demand_rows(asked, "stopovers")
    shapes = demand_rows(asked, "stopover_map")
    ends = sorted({(r["origin"], r["destination"]) for r in shapes})
    for origin, destination in ends[:1]:
        mine = [r for r in shapes if (r["origin"], r["destination"]) == (origin, destination)]
        a, b = (asked.places.short(i) for i in (origin, destination))
        maps = demand_maps(mine, asked.places, load_basemap(), key=asked.q.id)
        said = {
            "through": f"What reaches {b} from {a} with one stop, by where the stop is. {_LEGEND}",
            "reach": f"What arrives where from {a} without a stop. {_LEGEND}",
        }
        for feature, (wide, narrow) in maps.items():
            yield Figure(wide, narrow, said[feature])
        yield from _curves(asked, rows, origin, destination)
        yield from _scenarios(asked, rows, origin, destination)


def _curves(asked: Asked, rows: list[Row], origin: str, destination: str) -> Iterator[Figure]:
    points = [
        r
        for r in demand_rows(asked, "stopover_curve")
        if (r["origin"], r["destination"]) == (origin, destination)
    ]
    known = {p["stopover"] for p in points}
    stops = [r for r in rows if r["origin"] == origin and r["stopover"] in known]
    stops = sorted(
        stops_shown(asked, stops, _BANDS), key=lambda r: (-(r["used_before"] or 0), -(r["score"] or 0))
    )
    order = [None, *[r["stopover"] for r in stops][:_CURVES]]
    curves = []
    for stop in order:
        mine = sorted((p for p in points if p["stopover"] == stop), key=lambda p: p["payload_t"])
        label = "without a stop" if stop is None else f"through {_name(asked, stop)}"
        if mine:
            loads, chances = ([p[k] for p in mine] for k in ("payload_t", "probability"))
            curves.append(LoadCurve(label, loads, chances, dashed=stop is None))
    if not curves:
        return
    label = f"What payload reaches {asked.places.short(destination)}, and how surely"
    wide, narrow = (curves_chart(curves, asked.q.payload_t, w, label=label) for w in (WIDE, NARROW))
    text = (
        f"{label}: the share of draws of range and wind in which so much arrives. The slope is what the "
        "published ranges leave open; fuel at the stop is taken for granted."
    )
    yield Figure(wide, narrow, text)


def _scenarios(asked: Asked, rows: list[Row], origin: str, destination: str) -> Iterator[Figure]:
    names = scenarios_of(asked)
    if not names:
        return
    sides: list[str | None] = [None, *names]
    by_side = []
    for side in sides:
        mine = demand_rows(asked, "stopovers", side)
        by_side.append(
            {r["stopover"]: r for r in mine if (r["origin"], r["destination"]) == (origin, destination)}
        )
    chosen = [
        None,
        *[r["stopover"] for r in stops_shown(asked, [r for r in rows if r["origin"] == origin], _BANDS)],
    ]
    lines = [
        (
            "without a stop" if stop is None else _name(asked, stop),
            [_load(side.get(stop)) for side in by_side],
        )
        for stop in chosen
    ]
    most = max((load.high for _, loads in lines for load in loads if load), default=1.0)
    told = [scenario_name(asked, side) for side in sides]
    label = f"What payload reaches {asked.places.short(destination)} under each scenario"
    wide, narrow = (bands_chart(lines, told, most, asked.q.payload_t, w, label=label) for w in (WIDE, NARROW))
    yield Figure(
        wide, narrow, f"{label}: the middle and a 90 % band; a cross: not even an empty aircraft arrives."
    )


def _load(row: Row | None) -> Load | None:
    if row is None or row["payload_max_t"] is None:
        return None
    return Load(
        row["payload_max_t"], row["payload_low_t"] or 0.0, row["payload_high_t"] or row["payload_max_t"]
    )


def _name(asked: Asked, ident: str) -> str:
    return asked.places.short(ident)
