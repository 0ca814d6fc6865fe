"""Claims: numbers, intervals, words, rows; nothing claimed that was not asked of the tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from briefed_for_tests import AIRFIELDS, CASE, tables

from waystation import briefing
from waystation.briefing.claim_row import renders
from waystation.terms.case_view import CaseView, Event, Question
from waystation.terms.claim_query import answer
from waystation.terms.schema import TABLES, empty


def claims(case=CASE, t=None):
    return briefing.build(t or tables(), case, None, AIRFIELDS, {}).claims.to_pylist()


def of(question, case=CASE):
    return [c for c in claims(case) if c["question"] == question]


def test_a_rate_question_becomes_a_count_a_rate_and_a_lower_bound():
    count, rate, bound, by_type = of("OSLK>HL59")
    assert count["sentence"] == (
        "In the simulated tracks, 4 flights from Hmeimim (OSLK) to Al Khadim (HL59) were heard and named at "
        "both ends, 8–31 December 2024."
    )
    # four ends right with 0.9 each: P(3 or more) = 0.9477, P(4) = 0.6561
    assert (count["value"], count["low"], count["high"], count["unit"]) == (4.0, 3.0, 4.0, "flights")
    assert count["likelihood"] is None
    assert rate["value"] == pytest.approx(4 / 24)
    # half the 5 % and 95 % points of chi-square with 9 degrees of freedom, over 24 days
    assert (rate["low"] * 24, rate["high"] * 24) == pytest.approx((3.3251 / 2, 16.9190 / 2), abs=1e-3)
    assert rate["unit"] == "flights a day, as heard"
    assert "Not corrected for coverage" in rate["assumptions"]
    assert "On 7 of these 24 days" in rate["assumptions"]
    assert (bound["value"], bound["probability"]) == (2.0, pytest.approx(0.9963))
    assert bound["likelihood"] == "almost certain"
    assert bound["sentence"].startswith("In the simulated tracks, at least 2 flights flew from")
    assert (by_type["value"], by_type["query"][-13:]) == (4.0, 'type = "A124"')


def test_a_single_doubtful_flight_gets_the_weaker_word():
    t = tables()
    t["flights"] = t["flights"].slice(0, 1)
    t["ends"] = t["ends"].slice(0, 2)
    bound = [c for c in claims(t=t) if c["question"] == "OSLK>HL59"][2]
    assert (bound["value"], bound["probability"], bound["likelihood"]) == (
        1.0,
        pytest.approx(0.9),
        "very likely",
    )


def test_nothing_heard_is_said_as_nothing_heard():
    count, rate = of("HL59>GABS")
    assert count["sentence"].startswith(
        "In the simulated tracks, no flight from Al Khadim (HL59) to Modibo Keita (GABS) was heard"
    )
    assert (count["value"], count["row_ids"]) == (0.0, [])
    assert count["confidence"].startswith("low: nothing was heard")
    assert rate["high"] * 31 == pytest.approx(3.8415 / 2, abs=1e-3)


def test_a_group_counts_all_its_airfields():
    case = replace(CASE, questions=(Question("q1", "rate", route=("Syria", "Libya")),))
    assert of("Syria>Libya", case)[0]["value"] == 4.0


def test_since_cuts_the_window():
    case = replace(
        CASE, questions=(Question("q1", "rate", route=("OSLK", "HL59"), since=date(2024, 12, 12)),)
    )
    assert of("OSLK>HL59", case)[0]["value"] == 2.0


def test_general_claims_count_flights_addresses_and_ends():
    general = {c["query"]: c["value"] for c in of("What the sources hold")}
    assert general["count of flights"] == 7
    assert general["distinct icao24 of flights"] == 2
    assert general["count of flights where origin is not null and destination is not null"] == 5
    assert general["count of ends where airfield is null"] == 2
    assert general['count of flights where origin = "OSLK" and destination = "HL59"'] == 4
    assert general['count of ends where airfield = "OSLK"'] == 7


def test_every_number_is_the_answer_of_its_query_with_its_rows():
    t = tables()
    for c in claims(t=t):
        found = answer(c["query"], t)
        assert found.value == c["value"]
        assert list(found.row_ids) == c["row_ids"]


def test_ids_survive_a_change_of_the_number():
    t = tables()
    t["flights"] = t["flights"].slice(1)
    before, after = claims(), claims(t=t)
    assert before[0]["claim_id"] == after[0]["claim_id"]
    assert before[0]["value"] != after[0]["value"]
    assert len({c["claim_id"] for c in before}) == len(before)


def test_questions_without_tables_are_not_answered_and_say_so():
    kinds = ("hub-shift", "outflow", "rotation", "via", "stopover", "published")
    events = (Event("e", date(2024, 12, 8)),)
    asked = tuple(Question(f"q{i}", k, route=("OSLK", "GABS"), event="e") for i, k in enumerate(kinds))
    made = briefing.build(tables(), CaseView("t", events=events, questions=asked), None, AIRFIELDS, {})
    assert {c["question"] for c in made.claims.to_pylist()} == {"What the sources hold"}
    why = {n["question"]: n["why"] for n in made.document["not_answered"]}
    assert list(why) == [f"q{i}" for i in range(len(kinds))]
    assert "nothing in the tables “stopovers”" in why["q4"]
    assert "nothing in the tables “changes”" in why["q0"]
    assert all("cannot be told" in text for text in why.values())
    for text in why.values():
        assert text in made.html


def test_law_7_a_claim_without_rows_does_not_render_unless_it_says_none():
    assert not renders({"row_ids": [], "value": 3.0})
    assert renders({"row_ids": [], "value": 0.0})
    assert renders({"row_ids": ["a"], "value": 3.0})
    assert not renders({"row_ids": ["a"], "value": float("nan")})
    assert not renders({"row_ids": ["a"], "value": None})


def test_likelihood_and_confidence_never_share_a_sentence():
    for c in claims():
        assert "confidence" not in c["sentence"].lower()
        if c["likelihood"]:
            assert c["likelihood"] not in c["confidence"]


def test_simulated_data_is_marked_in_every_claim():
    assert all(c["simulated"] for c in claims())


def test_no_flights_at_all_is_a_briefing_too():
    made = briefing.build({n: empty(n) for n in ("flights", "ends")}, CaseView("empty"), None, AIRFIELDS, {})
    assert [c["value"] for c in made.claims.to_pylist()] == [0.0, 0.0, 0.0, 0.0]
    assert "no flights" in made.html
    assert made.claims.schema == TABLES["claims"]
