"""Every kind of question: found, not found, without its table; words, numbers, rows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from briefed_for_tests import EVIL, table
from moved_for_tests import AIRFIELDS, CASE, EVENT, MOVED, REAL, SINCE, START, STOP, nothing_changed, tables

from waystation import briefing
from waystation.briefing.claims import build_claims
from waystation.briefing.document import twin
from waystation.briefing.places import look_up
from waystation.evidence import recount
from waystation.terms.case_view import Question
from waystation.terms.claim_query import answer
from waystation.terms.schema import empty

CONFIDENCE = re.compile(r"(low|moderate|high): .")
WORDS = ("almost no chance", "very unlikely", "unlikely", "roughly even", "likely", "almost certain")


def made(t=None, case=REAL):
    """Claims and machine twin; drawing the page takes a second and is tested where it is looked at."""
    t = {n: empty(n) for n in ("flights", "ends", "candidates", "routes")} | (tables() if t is None else t)
    places = look_up(AIRFIELDS, AIRFIELDS.ident, case)
    claimed = build_claims(t, case, places)
    return SimpleNamespace(claims=claimed.claims, document=twin(t, claimed, case, places, {}))


def page(t=None, case=REAL):
    return briefing.build(tables() if t is None else t, case, None, AIRFIELDS, {}).html


@pytest.fixture(scope="module")
def found():
    return made()


@pytest.fixture(scope="module")
def simulated():
    return made(case=CASE)


def of(briefed, q):
    ids = next(x["claims"] for x in briefed.document["questions"] if x["id"] == q)
    rows = {c["claim_id"]: c for c in briefed.claims.to_pylist()}
    return [rows[i] for i in ids]


def by_query(briefed, q, start):
    return next(c for c in of(briefed, q) if c["query"].startswith(start))


def test_every_claim_recounts_both_ways(found):
    assert recount(found.claims, tables()) == []
    t = nothing_changed()
    assert recount(made(t).claims, t) == []


def test_a_changed_row_does_not_recount(found):
    t = tables()
    rows = [r | {"share": 0.5} for r in t["substitutions"].to_pylist()]
    t["substitutions"] = table("substitutions", rows)
    assert {d.what for d in recount(found.claims, t)} == {"number by its query", "number by its rows"}


def test_every_claim_has_all_it_needs(found):
    for c in found.claims.to_pylist():
        assert c["sentence"].endswith(".")
        assert c["sentence"].count(". ") == 0, c["sentence"]
        assert c["assumptions"]
        assert c["would_change"]
        assert CONFIDENCE.match(c["confidence"])
        assert c["row_ids"] or c["value"] == 0
        assert c["unit"]


def test_likelihood_and_confidence_never_stand_in_one_sentence(found, simulated):
    for c in (*found.claims.to_pylist(), *simulated.claims.to_pylist()):
        assert "confidence" not in c["sentence"].lower()
        assert not any(re.search(rf"\b{w}\b", c["confidence"]) for w in WORDS)
        word = next((w for w in WORDS if w in c["sentence"]), None)
        if word:
            assert c["likelihood"] is not None
            assert c["likelihood"] in c["sentence"]


def test_nothing_speaks_of_motive_or_proof(found):
    for c in found.claims.to_pylist():
        text = f"{c['sentence']} {c['assumptions']} {c['confidence']}".lower()
        assert not re.search(r"\b(prove[sn]?|proof|hid(es|ing)?|covert|secret|smuggl\w*|intend\w*)\b", text)
        assert " first " not in c["sentence"]


def test_every_simulated_sentence_begins_so(simulated, found):
    for c in simulated.claims.to_pylist():
        assert c["sentence"].startswith("In the simulated tracks, ")
        assert not re.match(
            r"In the simulated tracks, (The|No|At|About|Before|After|Flights|From|It|There)\b", c["sentence"]
        )
    assert not any("simulated" in c["sentence"] for c in found.claims.to_pylist())


def test_rate_named_expected_and_corrected_stand_together(found):
    named, expected, corrected, chance, *_ = of(found, "q1")
    row = next(
        r
        for r in tables()["rates"].to_pylist()
        if (r["subject"], r["type"], r["from_utc"]) == ("OSLK>HL59", None, SINCE)
    )
    assert named["value"] == row["n_flights"] == 17
    assert (expected["value"], expected["unit"]) == (row["n_expected"], "expected flights")
    assert named["value"] < expected["low"] <= expected["value"] <= expected["high"]
    assert (corrected["value"], corrected["low"], corrected["high"]) == (
        row["per_day"],
        row["low"],
        row["high"],
    )
    assert chance["probability"] == chance["value"] < 0.01
    assert chance["sentence"].startswith(
        "There is almost no chance that on average more than one flight a day"
    )


def test_rate_answers_by_type(found):
    sentences = [c["sentence"] for c in of(found, "q1")]
    for kind in ("A124", "IL76"):
        assert sum(f"by type {kind} were heard" in s for s in sentences) == 1
        assert (
            sum(s.startswith("There is almost no chance") and f"by type {kind}" in s for s in sentences) == 1
        )


def test_rate_without_exposure_cannot_tell_and_gives_the_lower_bound():
    t = tables()
    blank = {"exposure_days": None, "per_day": None, "low": None, "high": None, "level": None}
    t["rates"] = table("rates", [r | blank for r in t["rates"].to_pylist()])
    t["exposures"] = table(
        "exposures",
        [
            r | {"exposure_days": None, "low": None, "high": None, "reason": "a watch-list archive"}
            for r in t["exposures"].to_pylist()
        ],
    )
    briefed = made(t)
    assert not any("chance" in c["query"] or "per_day" in c["query"] for c in of(briefed, "q1"))
    note = next(n["why"] for n in briefed.document["cannot_tell"] if n["question"] == "q1")
    assert "cannot be told: a watch-list archive" in note
    assert "17 flights, is a lower bound" in note
    assert note in page(t)


@pytest.mark.parametrize("gone", ["rates", "exposures"])
def test_rate_without_a_table_is_still_counted(gone):
    t = {n: v for n, v in tables().items() if n != gone}
    assert of(made(t), "q1")[0]["value"] == 17


def test_absence_says_how_much_it_says():
    question = Question("q1", "rate", route=("HL59", "OSLK"))
    t = tables()
    asked = {"subject": "HL59>OSLK", "from_utc": t["rates"].column("from_utc")[0].as_py(), "to_utc": STOP}
    t["exposures"] = table(
        "exposures",
        [asked | {"days": 151.0, "exposure_days": 93.62, "low": 75.5, "high": 120.8, "reason": "measured"}],
    )
    briefed = made(t, replace(REAL, questions=(question,)))
    c = by_query(briefed, "q1", "the exposure_days / 151 of exposures")
    assert (c["value"], c["low"], c["high"]) == (pytest.approx(0.62), pytest.approx(0.5), pytest.approx(0.8))
    assert "one would have been heard and known for one with 62\u00a0%" in c["sentence"]
    assert c["likelihood"] is None


def test_absence_with_unknown_exposure_is_not_a_zero():
    question = Question("q1", "rate", route=("HL59", "OSLK"))
    briefed = made(case=replace(REAL, questions=(question,)))
    assert by_query(briefed, "q1", "count of flights")["value"] == 0
    assert "None is not a zero" in briefed.document["cannot_tell"][0]["why"]


def test_hub_moved_with_date_interval_event_and_strength(found):
    moved = of(found, "q3")[0]
    assert moved["sentence"] == "The hub moved from Hmeimim (OSLK) to al-Khadim (HL59)."
    assert (moved["value"], moved["unit"]) == (1.0, "changes found")
    dated = by_query(found, "q3", "the date_utc of changes")
    assert date(1970, 1, 1) + timedelta(days=int(dated["value"])) == MOVED.date()
    assert (dated["value"] - dated["low"], dated["high"] - dated["value"]) == (6.0, 5.0)
    assert (
        "around 13 December 2024, 5 days after “Fall of Assad” (8 December 2024), of which the method was not told"
        in dated["sentence"]
    )
    before = by_query(found, "q3", "the before of changes")
    assert before["low"] < before["value"] == 0.41 < before["high"]
    strength = by_query(found, "q3", "the log10_bayes_factor")["sentence"]
    assert strength.endswith("more than a million times better than no change does: decisive evidence.")
    assert (
        "What else was tried: a change on some date explains the flights 2 times better than none; coverage and other"
        in dated["assumptions"]
    )


def test_who_took_over_with_residual_and_placebos(found):
    taken = by_query(found, "q3", "the share of substitutions")
    assert (taken["value"], taken["low"], taken["high"]) == (0.86, 0.7, 0.95)
    assert "took on 86\u00a0% of the through traffic that Hmeimim (OSLK) lost; 10\u00a0%" in taken["sentence"]
    assert "(this one counted), 2\u00a0% show as large a gain" in taken["assumptions"]


def test_two_changes_are_told_apart():
    t = tables()
    first, other = t["changes"].to_pylist()
    back = first | {
        "date_utc": MOVED + timedelta(days=60),
        "low_utc": MOVED + timedelta(days=50),
        "high_utc": MOVED + timedelta(days=66),
        "before": 0.12,
        "after": 0.38,
    }
    t["changes"] = table("changes", [back, other, first])
    briefed = made(t)
    claims = of(briefed, "q3")
    assert claims[0]["value"] == 2
    assert "moved and came back: it fell, then rose" in claims[0]["sentence"]
    dates = [c["value"] for c in claims if c["unit"] == "date"]
    assert dates[1] - dates[0] == 60
    assert recount(briefed.claims, t) == []


def test_no_change_says_so_and_what_could_have_been_seen():
    briefed = made(nothing_changed())
    none, difference = of(briefed, "q3")
    assert (none["value"], none["row_ids"]) == (0.0, [])
    assert none["sentence"] == (
        "No change was found in the share of the fleet’s visits that Hmeimim (OSLK) has; a change of any "
        "place’s share explains the visits 2 times better than no change does: "
        "evidence barely worth mention."
    )
    assert none["confidence"].startswith("low: ")
    assert (difference["value"], difference["low"], difference["high"]) == (-0.28, -0.4, -0.16)
    assert "what size of change the visits can exclude" in difference["assumptions"]
    assert "Beside 50 other dates its size ranks 1 of 51 (1 is the largest)" in difference["assumptions"]


def test_without_a_site_every_found_change_is_told():
    briefed = made(case=replace(REAL, questions=(Question("q3", "hub-shift"),)))
    about = {c["question"] for c in of(briefed, "q3")}
    assert about == {"hub-shift: OSLK", "hub-shift: HL59"}
    assert any(c["sentence"].endswith("; the method was told no date.") for c in of(briefed, "q3"))


def test_outflow_is_built_from_the_data(found):
    headline = of(found, "q2")[0]
    assert headline["sentence"].endswith("went to Russia, Belarus and increasingly Libya.")
    assert (headline["value"], headline["row_ids"][0].split("/")[0]) == (1.0, "Syria>LY")
    libya = by_query(found, "q2", "the difference of comparisons")
    assert (libya["value"], libya["low"], libya["high"]) == (0.69, 0.5, 0.8)
    assert "changed from 1\u00a0% to 70\u00a0%" in libya["sentence"]
    odds = by_query(found, "q2", "the odds_ratio_per_week")
    assert (odds["value"], odds["low"]) == (1.21, 1.08)
    assert "grew by 21\u00a0% a week" in odds["sentence"]
    rising = by_query(found, "q2", "the probability_rising")
    assert rising["likelihood"] == "almost certain"
    assert rising["sentence"].startswith(
        "It is almost certain that the odds of a flight out of Syria going to Libya"
    )


def test_a_rise_over_the_whole_period_alone_says_so():
    t = tables()
    since = [r | {"probability_rising": 0.7} for r in t["trends"].to_pylist()]
    whole = [
        r | {"from_utc": START, "probability_rising": 0.999 if r["subject"] == "Syria>LY" else 0.2}
        for r in since
    ]
    t["trends"] = table("trends", [*since, *whole])
    headline, *_ = of(made(t), "q2")
    assert headline["sentence"].endswith(
        "went to Libya, Russia and Belarus; over the whole period increasingly to Libya."
    )
    assert headline["value"] == 1
    assert headline["row_ids"][0].startswith("Syria>LY/2024-10-01")


def test_outflow_without_a_rise_says_no_increasingly():
    headline = of(made(nothing_changed()), "q2")[0]
    assert "increasingly" not in headline["sentence"]
    assert headline["value"] == 0


def test_outflow_without_trends_counts_expected_flights():
    t = {n: v for n, v in tables().items() if n not in {"trends", "comparisons"}}
    claims = of(made(t), "q2")
    assert claims[0]["unit"] == "expected flights"
    assert "from Syria to" in claims[0]["sentence"]


def test_via_shares_come_from_the_order_of_stops(found):
    shares = {
        (c["query"].split(" in airfields")[0], "<" in c["query"]): c
        for c in of(found, "q4")
        if c["query"].startswith("share")
    }
    before = shares['share "UUMU" then "OSLK" then "GABS"', True]
    after = shares['share "UUMU" then "HL59" then "GABS"', False]
    assert (before["value"], after["value"]) == (1.0, pytest.approx(0.9))
    assert before["high"] == 1.0
    assert before["low"] > 0.8
    assert after["low"] < 0.9 < after["high"]
    assert "journeys from Chkalovsky (UUMU) to Bamako (GABS) stopped in Libya" in after["sentence"]
    assert [c["value"] for c in of(found, "q4")[-2:]] == [17.0, 20.0]


def test_via_falls_back_to_triples():
    t = {n: v for n, v in tables().items() if n != "itineraries"}
    case = replace(REAL, questions=(Question("q4", "via", route=("UUMU", "GABS"), event="assad-falls"),))
    claims = of(made(t, case), "q4")
    assert all(" of triples where " in c["query"] for c in claims)
    assert claims[0]["sentence"].startswith("Before “Fall of Assad”")


def test_rotation_gives_p_power_and_both_numbers(found):
    p, power, earlier, later, odd = of(found, "q5")
    assert (p["value"], power["value"]) == (0.0004, 0.97)
    assert p["sentence"].endswith("taken together, do not fit the earlier pattern.")
    assert (earlier["value"], later["value"], odd["value"]) == (25.0, 55.0, 1.0)
    assert p["confidence"].startswith("moderate: the test has the power")


@pytest.mark.parametrize(
    ("fits", "words"),
    [("yes", "fit the earlier pattern"), ("cannot-tell", "that cannot be told from so few")],
)
def test_rotation_other_verdicts(fits, words):
    t = tables()
    t["rotations"] = table(
        "rotations", [r | {"fits": fits, "power": 0.3} for r in t["rotations"].to_pylist()]
    )
    p = of(made(t), "q5")[0]
    assert words in p["sentence"]
    assert "do not fit" not in p["sentence"]
    assert p["confidence"].startswith("low: the test would miss")


def test_rotation_without_its_table_still_counts_itineraries():
    t = {n: v for n, v in tables().items() if n != "rotations"}
    assert [c["unit"] for c in of(made(t), "q5")] == ["itineraries", "itineraries"]


def test_published_counts_each_in_its_own_unit(found, simulated):
    claims = of(found, "q6")
    assert [(c["value"], c["unit"]) for c in claims] == [(0.41, "flights/day"), (20.0, "flights")]
    assert (
        claims[0]["sentence"]
        == "Counted as the report “C17” counts, the tracks give 0.41 flights/day; the report says more than 1."
    )
    assert all("evidence of nothing" in c["assumptions"] for c in of(simulated, "q6"))
    assert not any("evidence of nothing" in c["assumptions"] for c in claims)
    assert "that they agree with a report, or do not, is evidence of nothing" in page(case=CASE)
    assert "evidence of nothing" not in page()


KINDS = (
    "changes",
    "comparisons",
    "trends",
    "rotations",
    "hubs",
    "substitutions",
    "visits",
    "itineraries",
    "triples",
    "rates",
    "exposures",
    "published",
    "observations",
    "archive_days",
)


@pytest.mark.parametrize("kind", KINDS)
def test_any_table_may_be_absent_or_empty(kind):
    t = tables()
    for given in ({n: v for n, v in t.items() if n != kind}, t | {kind: t[kind].slice(0, 0)}):
        briefed = made(given)
        assert recount(briefed.claims, given) == []


@pytest.mark.parametrize("case", [CASE, REAL], ids=["simulated", "real"])
def test_a_page_without_any_of_them_is_a_page(case):
    t = {n: v for n, v in tables().items() if n not in KINDS}
    briefed = made(t, case)
    assert "</html>" in page(t, case)
    assert {n["question"] for n in briefed.document["not_answered"]} == {"q2", "q3", "q4", "q5", "q6", "q7"}
    assert of(briefed, "q1")[0]["value"] == 17


def test_hostile_words_stay_text():
    html = page(case=CASE)
    assert EVIL not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") >= 3


def test_hostile_idents_stay_values():
    site = 'x" or "y'
    question = Question("q1", "hub-shift", site=site, event="assad-falls")
    t = tables()
    rows = [r | {"subject": site} for r in t["changes"].to_pylist()[:1]]
    t["changes"] = table("changes", rows)
    claims = of(made(t, replace(REAL, questions=(question,))), "q1")
    assert claims[0]["value"] == 1
    assert answer(claims[0]["query"], t).value == 1


def test_ids_survive_a_newer_run(found):
    t = tables()
    t["changes"] = table("changes", [r | {"date_utc": EVENT, "after": 0.2} for r in t["changes"].to_pylist()])
    again = of(made(t), "q3")
    assert [c["claim_id"] for c in again] == [c["claim_id"] for c in of(found, "q3")]


def changed(subject, kind, before, after, controls="beats reception"):
    span = {"date_utc": MOVED, "low_utc": MOVED - timedelta(days=3), "high_utc": MOVED + timedelta(days=4)}
    return span | {
        "subject": subject,
        "kind": kind,
        "before": before,
        "after": after,
        "log10_bayes_factor": 4.0,
        "controls": controls,
    }


def test_rates_outflow_and_stopovers_have_their_dates_too():
    t = tables()
    rows = [
        changed("OSLK>HL59", "rate", 0.2, 1.1),
        changed("Syria>LY", "share", 0.09, 0.42),
        changed("UUMU>HL59>GABS", "share", 0.02, 0.5),
        changed("UUMU>OSLK>GABS", "share", 0.98, 0.5),
    ]
    t["changes"] = table("changes", rows)
    briefed = made(t)
    rate, outflow, via = (by_query(briefed, q, "the date_utc of changes") for q in ("q1", "q2", "q4"))
    assert rate["sentence"].startswith(
        "The rate of flights from Hmeimim (OSLK) to al-Khadim (HL59) rose from 0.2 a day to 1.1 a day around 13 December"
    )
    assert outflow["sentence"].startswith(
        "The share of Libya in the flights out of Syria rose from 9\u00a0% to 42\u00a0% around 13 December 2024, 5 days after"
    )
    assert via["sentence"].startswith(
        "The share of al-Khadim (HL59) in the stopovers of journeys from Chkalovsky (UUMU) to Bamako (GABS) rose"
    )
    for c in (rate, outflow, via):
        assert (c["value"] - c["low"], c["high"] - c["value"], c["unit"]) == (3.0, 4.0, "date")
        assert "What else was tried: beats reception" in c["assumptions"]
    hub = by_query(briefed, "q3", "the date_utc of changes")
    assert hub["sentence"].startswith("The share of Hmeimim (OSLK) in the stopovers of journeys")
    assert of(briefed, "q3")[0]["value"] == 0
    assert recount(briefed.claims, t) == []


def test_a_change_that_the_controls_explain_is_not_called_one():
    t = nothing_changed()
    why = "visits: log10 Bayes factor of a change at any date: 4.5; not reported as a change: 2024-12-16: does not beat reception"
    t["comparisons"] = table("comparisons", [r | {"controls": why} for r in t["comparisons"].to_pylist()])
    none = of(made(t), "q3")[0]
    assert none["sentence"].endswith(
        "has beyond what a change of reception or of other traffic would explain."
    )
    assert "not reported as a change: 2024-12-16" in none["assumptions"]
    assert "explains the flights 32,000 times better than none" in none["assumptions"]


def test_a_search_that_could_not_tell_claims_nothing():
    t = nothing_changed()
    why = "visits: cannot tell: 3 visits over 2 kinds; needs 6 over 2"
    t["comparisons"] = table("comparisons", [r | {"controls": why} for r in t["comparisons"].to_pylist()])
    briefed = made(t)
    assert of(briefed, "q3") == []
    told = {n["question"]: n["why"] for n in briefed.document["not_answered"]}
    assert told["q3"] == "This cannot be told: 3 visits over 2 kinds; needs 6 over 2. Nothing is claimed."


def test_a_group_stands_for_its_airfields():
    case = replace(REAL, questions=(Question("q3", "hub-shift", site="Syria", event="assad-falls"),))
    assert (
        of(made(case=case), "q3")[0]["sentence"] == "The hub moved from Hmeimim (OSLK) to al-Khadim (HL59)."
    )


def test_questions_of_one_type_count_that_type_alone():
    case = replace(REAL, questions=(REAL.questions[0], replace(REAL.questions[0], id="q8", type="A124")))
    briefed = made(case=case)
    named, expected, corrected, chance, *_ = of(briefed, "q8")
    assert named["value"] == 8
    assert 'type = "A124"' in corrected["query"]
    assert "by type A124" in chance["sentence"]
    assert expected["value"] < of(briefed, "q1")[1]["value"]
    assert not any('type = "A124"' in c["query"] for c in of(briefed, "q1"))  # said once
