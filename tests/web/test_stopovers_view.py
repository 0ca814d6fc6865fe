"""The view of stopovers: drawn where there is a question, the same as shapes in its twin."""

from __future__ import annotations

from types import SimpleNamespace

import pyarrow as pa
import pytest

from waystation.terms.case_view import CaseView, Question, Site
from waystation.terms.schema import TABLES
from waystation.web.result import Result
from waystation.web.stopovers_view import stopovers_view
from waystation.world.airfields import load_airfields

CASE = CaseView(
    title="made up",
    sites=(Site("HL59", "al-Khadim"),),
    questions=(Question("q1", "stopover", route=("UUMU", "GABS"), type="IL76", payload_t=40.0),),
)
KEY = {"origin": "UUMU", "destination": "GABS", "type": "IL76", "payload_t": 40.0}
ROWS = {
    "stopovers": [
        KEY
        | {
            "stopover": None,
            "feasible_probability": 0.06,
            "payload_max_t": 29.0,
            "used_before": 0,
            "score": 0.05,
        },
        KEY
        | {
            "stopover": "HL59",
            "feasible_probability": 1.0,
            "payload_max_t": 50.0,
            "used_before": 3,
            "score": 0.7,
        },
        KEY
        | {
            "stopover": "DAAG",
            "feasible_probability": 0.8,
            "payload_max_t": 47.0,
            "used_before": 0,
            "score": 0.0,
        },
    ],
    "stopover_map": [
        KEY | {"feature": "end", "ident": "UUMU", "name": "Chkalovskiy", "wkt": "POINT (38 56)"},
        KEY | {"feature": "end", "ident": "GABS", "name": "Bamako", "wkt": "POINT (-8 12)"},
        KEY | {"feature": "reach", "level": 0.5, "wkt": "POLYGON ((0 10, 40 10, 40 60, 0 60, 0 10))"},
    ],
    "nonstop_checks": [{"flight_id": "f1", "verdict": "violation", "reason": "too far"}],
}


@pytest.fixture
def result(tmp_path) -> Result:
    tables = {
        name: pa.Table.from_pylist(
            [{k: r.get(k) for k in TABLES[name].names} for r in rows], schema=TABLES[name]
        )
        for name, rows in ROWS.items()
    }
    return Result(tmp_path, tables, {}, load_airfields(), case=SimpleNamespace(view=CASE))


def test_stops_are_ranked_and_shapes_are_geojson(result: Result) -> None:
    values, figures = stopovers_view(result)
    (question,) = values["questions"]
    (plain,) = question["scenarios"]
    assert plain["direct"]["payload_max_t"] == 29.0
    assert [(s["stopover"], s["rank"]) for s in plain["stops"]] == [
        ("HL59", 1)
    ]  # a score of zero has no rank
    assert question["shapes"]["type"] == "FeatureCollection"
    assert {f["geometry"]["type"] for f in question["shapes"]["features"]} == {"Point", "Polygon"}
    assert values["beyond"][0]["reason"] == "too far"
    assert "What arrives where" in figures[0][1].caption
