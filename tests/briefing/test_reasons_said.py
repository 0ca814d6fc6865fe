"""Reasons in plain words: nothing is lost, weights become factors, and an unknown form stays as it is."""

from __future__ import annotations

from waystation.briefing.reasons_said import told

NAMES = {"HL59": "al-Khadim (HL59)", "HLLB": "Benina (HLLB)"}
RANKED = (
    "last seen at 11,953 ft descending 1,600 ft/min at 323 kt; HL59 is 56 km ahead, 20° off the course; against HLLB: "
    "height +4.0, kind of field -2.0, course +1.1, length of the flight +0.1; silent 294 min, next seen 79 km from "
    "the field at 15,025 ft; state transport: bases are not ranked below airports (assumed, not fitted)"
)


def name(ident: str) -> str:
    return NAMES.get(ident, ident)


def test_weights_become_factors_for_and_against() -> None:
    said = told(RANKED, name)
    assert said.heard == "Last heard at 11,953 ft, descending at 1,600 ft/min, 323 kt."
    assert (
        "Likelier than Benina (HLLB) by its height at that distance (55 times) and its heading (3 times)."
        in said.why
    )
    assert "But less likely by what kind of airfield it is (7.4 times)." in said.why
    assert "length" not in said.why  # a tenth of a log odds is nothing to speak of
    assert "Then nothing for 4 h 54 min; next heard 79 km from it at 15,025 ft." in said.why
    assert said.why.startswith("56 km ahead, 20° off its course.")
    assert said.note == "A state transport: bases count as much as civil airfields (assumed, not measured)."
    for jargon in ("kind of field", "+4", "-2", "fitted"):
        assert jargon not in said.whole


def test_lesser_candidates_and_the_rest() -> None:
    assert told("HLLB is 106 km away, 142° off the course; 27 times less likely than HL59", name).why == (
        "106 km away, 142° off its course. 27 times less likely than al-Khadim (HL59)."
    )
    rest = told(
        "not listed: places out of reach or in no table, and airfields that are unlikelier; no name: the likeliest has 0.59, "
        "a name needs 0.80",
        name,
    )
    assert rest.why.startswith("Places out of reach or in no table, and airfields")
    assert rest.note == "The likeliest has 59 %, and a name needs 80 %."


def test_only_one_side_and_none_at_all() -> None:
    less = told("HLLB is 9 km ahead; against HL59: course -2.5", name).why
    assert less == "9 km ahead. Less likely than al-Khadim (HL59) by its heading (12 times)."
    assert (
        "Nothing tells it from al-Khadim" in told("HLLB is 9 km ahead; against HL59: no difference", name).why
    )
    assert "over 1,000 times" in told("against HL59: height +8.0", name).why


def test_what_is_in_no_known_form_stays() -> None:
    said = "on the ground at the airfield (0.3 km from its runways)"
    assert told(said, name).whole == f"O{said[1:]}."
    assert told("<b>odd</b>; +1 against", name).whole == "<b>odd</b>. +1 against."
    assert told(None, name).whole == ""
    assert (
        told("against HL59: a new kind +1.0", name).why
        == "Likelier than al-Khadim (HL59) by a new kind (2.7 times)."
    )
