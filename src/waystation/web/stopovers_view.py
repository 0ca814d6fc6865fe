"""What could carry the demands of the case: maps, curves, scenarios, the best stops; the same as shapes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from waystation.briefing.asked import Asked
from waystation.briefing.places import look_up
from waystation.briefing.stopover_figures import stopover_figures
from waystation.briefing.stopover_rows import demand_rows, scenario_name, scenarios_of
from waystation.store.map_shapes import shapes_geojson
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from waystation.briefing.page_figures import Figure
    from waystation.terms.case_view import CaseView, Question
    from waystation.web.result import Result

__all__ = ["stopovers_view"]

_BEST: Final = 15  # stops of each demand; the table has them all
_SHOWN: Final = (
    *(
        "stopover",
        "payload_max_t",
        "payload_low_t",
        "payload_high_t",
        "feasible_probability",
        "range_margin_km",
    ),
    *("detour", "runway", "access", "used_before", "score"),
)


def stopovers_view(result: Result) -> tuple[dict[str, Any], list[list[Figure]]]:
    """Return the values of the view, which are also its JSON twin, and the figures of each question."""
    view = result.case.view if result.case else None
    asked = [q for q in view.questions if q.kind == "stopover"] if view else []
    beyond = [r for r in result.table("nonstop_checks").to_pylist() if r["verdict"] == "violation"]
    values: dict[str, Any] = {"questions": [], "beyond": beyond}
    figures = []
    for q in asked:
        assert view is not None
        one = _asked(result, q, view)
        figures.append(list(stopover_figures(one)))
        values["questions"].append(_question(result, one))
    return values, figures


def _asked(result: Result, q: Question, view: CaseView) -> Asked:
    names = ("stopovers", "stopover_curve", "stopover_map")
    idents = set(result.table("stopover_map").column("ident").drop_null().to_pylist())
    return Asked(q, {n: result.table(n) for n in names}, view, look_up(result.airfields, idents, view))


def _question(result: Result, asked: Asked) -> dict[str, Any]:
    q, sites = asked.q, {s.id for s in asked.case.sites}
    told: list[str | None] = [None, *scenarios_of(asked)]
    scenarios = []
    for scenario in told:
        rows = demand_rows(asked, "stopovers", scenario)
        direct = next((r for r in rows if r["stopover"] is None), None)
        stops = sorted(
            (r for r in rows if r["stopover"] and r["score"]), key=lambda r: (-r["score"], r["stopover"])
        )
        ranked = [_row(result, r) | {"rank": n} for n, r in enumerate(stops, 1)]
        shown = [r for r in ranked if r["rank"] <= _BEST or r["stopover"] in sites]
        scenarios.append(
            {
                "scenario": scenario,
                "name": scenario_name(asked, scenario),
                "direct": None if direct is None else _row(result, direct) | {"rank": None},
                "n_ranked": len(ranked),
                "stops": shown,
            }
        )
    table = pa.Table.from_pylist(demand_rows(asked, "stopover_map"), schema=TABLES["stopover_map"])
    return {
        "id": q.id,
        "route": [result.place(p).name for p in q.route or ()],
        "type": q.type,
        "payload_t": q.payload_t,
        "scenarios": scenarios,
        "shapes": json.loads(shapes_geojson(table)),
    }


def _row(result: Result, row: dict[str, Any]) -> dict[str, Any]:
    name = result.place(row["stopover"]).name if row["stopover"] else "without a stop"
    return {k: row[k] for k in _SHOWN} | {"name": name}
