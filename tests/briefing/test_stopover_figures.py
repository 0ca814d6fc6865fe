"""Maps, curves and scenarios of a stopover question: what is drawn, and what it is called."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest

from waystation.briefing.asked import Asked
from waystation.briefing.claims_stopover import stopover_claims
from waystation.briefing.page_stopovers import is_payload, stopover_table
from waystation.briefing.places import look_up
from waystation.briefing.stopover_figures import stopover_figures
from waystation.evidence import recount
from waystation.terms.case_view import CaseView, Question, Scenario, Site
from waystation.terms.schema import TABLES
from waystation.world.airfields import load_airfields

CASE = CaseView(
    title="made up",
    sites=(Site("HL59", "al-Khadim"), Site("OSLK", "Hmeimim")),
    questions=(Question("q1", "stopover", route=("UUMU", "GABS"), type="IL76", payload_t=40.0),),
    scenarios=(Scenario("shut", "Egypt <shut>", headwind_kt=1.0),),
)
KEY = {"origin": "UUMU", "destination": "GABS", "type": "IL76", "payload_t": 40.0, "scenario": None}


def stopover(ident: str | None, p: float, t: float | None, scenario: str | None = None) -> dict:
    low, high = (None, None) if t is None else (t - 8, t + 5)
    return KEY | {
        "stopover": ident,
        "scenario": scenario,
        "payload_max_t": t,
        "payload_low_t": low,
        "payload_high_t": high,
        "feasible_probability": p,
        "runway": "yes",
        "used_before": 3 if ident == "OSLK" else 0,
        "score": p,
    }


def shape(feature: str, wkt: str, **more) -> dict:
    return KEY | {"feature": feature, "wkt": wkt} | more


ROWS = {
    "stopovers": [
        stopover(None, 0.06, 29.0),
        stopover("HL59", 1.0, 50.0),
        stopover("OSLK", 0.7, 43.0),
        stopover(None, 0.0, None, "shut"),
        stopover("HL59", 0.4, 38.0, "shut"),
    ],
    "stopover_curve": [
        KEY | {"stopover": s, "payload_t": t, "probability": p}
        for s, points in ((None, ((0.0, 1.0), (40.0, 0.06))), ("HL59", ((0.0, 1.0), (40.0, 0.9))))
        for t, p in points
    ],
    "stopover_map": [
        shape("end", "POINT (38 56)", ident="UUMU", name="Chkalovskiy"),
        shape("end", "POINT (-8 12.5)", ident="GABS", name="Bamako"),
        shape("airfield", "POINT (21 32)", ident="HL59", name="x", rank=1, probability=1.0, used_before=0),
        shape("airfield", "POINT (36 35)", ident="OSLK", name="x", rank=2, probability=0.7, used_before=3),
        shape("reach", "POLYGON ((0 10, 40 10, 40 60, 0 60, 0 10))", level=0.5),
        shape("through", "POLYGON ((10 20, 30 20, 30 40, 10 40, 10 20))", level=0.5),
        shape("through payload", "LINESTRING (10 20, 20 21, 25 22, 28 25, 30 30, 30 40)", level=50.0),
        shape("closed", "POLYGON ((0 42, 20 42, 20 50, 0 50, 0 42))", name="A <closed> area"),
        shape("way", "MULTILINESTRING ((38 56, 21 32), (21 32, -8 12.5))", ident="HL59"),
    ],
    "nonstop_checks": [
        {"flight_id": "a", "verdict": "feasible"},
        {"flight_id": "b", "verdict": "violation"},
        {"flight_id": "c", "verdict": "cannot tell"},
    ],
}


@pytest.fixture
def asked() -> Asked:
    tables = {
        name: pa.Table.from_pylist(
            [{k: r.get(k) for k in TABLES[name].names} for r in rows], schema=TABLES[name]
        )
        for name, rows in ROWS.items()
    }
    places = look_up(load_airfields(), {"UUMU", "GABS", "HL59", "OSLK"}, CASE)
    return Asked(CASE.questions[0], tables, CASE, places)


def test_two_maps_a_curve_and_the_scenarios(asked: Asked) -> None:
    through, reach, curve, beside = stopover_figures(asked)
    assert through.caption.startswith("What reaches Modibo Keita")
    assert reach.caption.startswith("What arrives where")
    assert "50 t" in through.wide
    assert "A &lt;closed&gt; area" in through.wide
    assert "Egypt &lt;shut&gt;" in beside.wide
    assert "not even an empty aircraft" in beside.wide
    assert "40 t asked" in curve.wide
    assert "through al-Khadim" in curve.narrow
    ids = re.findall(r' id="([^"]+)"', "".join(f.wide + f.narrow for f in (through, reach, curve, beside)))
    assert len(ids) == len(set(ids))  # both maps stand on one page
    used = set(re.findall(r'href="#([^"]+)"', through.wide + through.narrow))
    assert used <= set(ids)


def test_used_before_is_told_by_the_mark(asked: Asked) -> None:
    through = next(stopover_figures(asked))
    assert "used 3 times before" in through.wide
    assert through.wide.count('class="site"') == 3  # both ends, and the stop that was used


def test_scenarios_and_faults_become_claims_that_count_again(asked: Asked) -> None:
    made = list(stopover_claims(asked))
    assert recount(pa.Table.from_pylist(made, schema=TABLES["claims"]), dict(asked.tables)) == []
    told = [c["sentence"] for c in made]
    shut = next(t for t in told if "In the scenario" in t)
    assert "could bring 38 t to Modibo Keita (GABS) through al-Khadim (HL59), instead of 50 t" in shut
    fault = made[-1]
    assert fault["value"] == 1
    assert fault["row_ids"] == ["b"]
    assert "of 1 more, of types without a curve, nothing can be said" in fault["sentence"]


def test_every_payload_of_the_table_leads_to_its_claim(asked: Asked) -> None:
    made = [c | {"anchor": c["claim_id"]} for c in stopover_claims(asked)]
    table = stopover_table(asked, made)
    assert table is not None
    assert table["scenarios"] == ["as the rules stand", "Egypt <shut>"]
    lines = {line["stop"]: line for line in table["lines"]}
    assert next(iter(lines)) is None
    now, shut = lines["HL59"]["cells"]
    assert (now["row"]["payload_max_t"], now["claim"]["value"]) == (50.0, 50.0)
    assert (shut["row"]["payload_max_t"], shut["claim"]["value"]) == (38.0, 38.0)
    assert lines[None]["cells"][1]["row"]["payload_max_t"] is None
    assert sum(cell["claim"] is not None for line in table["lines"] for cell in line["cells"]) == sum(
        map(is_payload, made)
    )
    assert stopover_table(asked, []) is None


def test_nothing_known_draws_nothing(asked: Asked) -> None:
    bare = Asked(asked.q, {"stopovers": TABLES["stopovers"].empty_table()}, CASE, asked.places)
    assert list(stopover_figures(bare)) == []
