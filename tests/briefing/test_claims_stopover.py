"""Claims of what could carry a load: direct, how many airfields, the case's own sites, and nothing of a blank type."""

from __future__ import annotations

import pyarrow as pa
import pytest

from waystation.briefing.asked import Asked
from waystation.briefing.claims_stopover import stopover_claims
from waystation.briefing.places import look_up
from waystation.evidence import recount
from waystation.terms.case_view import CaseView, Question, Site
from waystation.terms.schema import TABLES
from waystation.world.airfields import load_airfields

CASE = CaseView(
    title="made up",
    sites=(Site("HL59", "al-Khadim"), Site("LY-BCQ", "Brak")),
    questions=(Question("q1", "stopover", route=("UUMU", "GABS"), type="IL76", payload_t=40.0),),
)


def row(stopover: str | None, p: float | None, t: float | None, runway: str = "yes", used: int = 0) -> dict:
    return {
        "origin": "UUMU",
        "stopover": stopover,
        "destination": "GABS",
        "type": "IL76",
        "payload_t": 40.0,
        "payload_max_t": t,
        "payload_low_t": None if t is None else t - 8,
        "payload_high_t": None if t is None else t + 5,
        "feasible_probability": p,
        "runway": runway,
        "used_before": used,
    }


def claims(*rows: dict) -> list[dict]:
    table = pa.Table.from_pylist(list(rows), schema=TABLES["stopovers"])
    tables = {"stopovers": table}
    places = look_up(load_airfields(), {"UUMU", "GABS", "HL59", "LY-BCQ", "OSLK"}, CASE)
    made = list(stopover_claims(Asked(CASE.questions[0], tables, CASE, places)))
    if made:
        assert recount(pa.Table.from_pylist(made, schema=TABLES["claims"]), tables) == []
    return made


def test_direct_and_through_the_sites_with_their_bands() -> None:
    made = claims(
        row(None, 0.06, 29.0),
        row("HL59", 1.0, 50.0, used=13),
        row("LY-BCQ", 0.96, 49.0, runway="unknown"),
        row("OSLK", 0.69, 43.0, used=240),
    )
    direct, count, khadim, brak = made
    assert direct["value"] == 29.0
    assert (direct["low"], direct["high"]) == (21.0, 34.0)
    assert "40 t would get there in 6\xa0%" in direct["sentence"]
    assert count["value"] == 2
    assert "al-Khadim" in khadim["sentence"]
    assert "13 times before" in khadim["sentence"]
    assert "its runway is not on record" in brak["sentence"]
    assert all("proves" not in c["sentence"] and c["assumptions"] for c in made)


@pytest.mark.parametrize("rows", [(), (row(None, None, None),)])
def test_a_type_whose_range_rests_on_assumptions_claims_nothing(rows: tuple[dict, ...]) -> None:
    assert claims(*rows) == []
