"""What else was tried, in plain words: no Bayes factor is left in what a reader reads."""

from __future__ import annotations

import pytest

from waystation.briefing.controls_said import controls_said, times_text, tried_said
from waystation.patterns.gradual import Drift, drift_text


@pytest.mark.parametrize(
    ("log10", "said"),
    [(0.0, "1 times"), (0.3, "2 times"), (1.0, "10 times"), (4.4, "25,000 times"), (6.5, "more than a million times")],
)  # fmt: skip
def test_a_power_of_ten_is_said_as_times(log10: float, said: str) -> None:
    assert times_text(log10) == said


@pytest.mark.parametrize(
    ("drift", "said"),
    [
        (Drift(2.0, 5.0, 61.0), "a slow move over about 61 days explains the flights 100 times better"),
        (Drift(-4.0, 5.0, 61.0), "a move on a single day explains the flights more than 1,000 times better"),
        (Drift(0.2, 5.0, 61.0), "whether it came on a single day or slowly, over 28 to 182 days, cannot be told"),
    ],
)  # fmt: skip
def test_what_the_search_for_a_drift_says_is_put_in_plain_words(drift: Drift, said: str) -> None:
    assert controls_said(drift_text(drift)).startswith(said)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "share of visits 0.05 (0.03–0.08) before, 0.22 (0.18–0.26) after; P(rose) > 0.99",
            (
                "share of visits 5\u00a0% before (3\u00a0% to 8\u00a0%) and 22\u00a0% after (18\u00a0% to 26\u00a0%); "
                "it rose with a probability of over 99\u00a0%"
            ),
        ),
        (
            'beats "only the reception changed" (log10 Bayes factor 4.4); other traffic shows no change of its own',
            (
                "the change explains the flights 25,000 times better than “only the reception changed” does; "
                "other traffic shows no change of its own"
            ),
        ),
        (
            'does not beat "other traffic changed likewise" (log10 Bayes factor -0.3)',
            "“other traffic changed likewise” explains the flights 2 times better",
        ),
        (
            "visits: log10 Bayes factor of a change at any date: -1.0; no change found",
            "visits: no change explains the flights 10 times better than a change on any date; no change found",
        ),
        (
            "HL59: after/before against other traffic's 2.9 (1.2–8.9)",
            "measured against other traffic there, the fleet’s visits to HL59 became 2.9 times as many (1.2 to 8.9)",
        ),
        (
            "visits: cannot tell: 3 visits over 1 kinds; needs 6 over 2",
            "visits: 3 visits to 1 place are too few to tell; it needs 6 to 2 places",
        ),
        (
            "rate: cannot tell: nothing on one side of the date; cannot tell: 1 flights in 2892 days are too little",
            "rate: nothing on one side of the date; 1 flight in 2,892 days are too few to tell",
        ),
        ("what nobody has written before", "what nobody has written before"),
        (None, ""),
    ],
)
def test_numbers_of_the_tables_are_put_in_plain_words(written: str | None, said: str) -> None:
    assert controls_said(written) == said


def test_levels_of_a_row_stand_apart_from_what_is_alike_for_all() -> None:
    said = tried_said(
        "share of visits 0.05 (0.03–0.08) before, 0.22 (0.18–0.26) after; P(rose) 0.97; no other traffic to compare with"
    )
    assert said == (
        " Share of visits 5\u00a0% before (3\u00a0% to 8\u00a0%) and 22\u00a0% after (18\u00a0% to 26\u00a0%); "
        "it rose with a probability of 97\u00a0%. What else was tried: no other traffic to compare with."
    )
    assert tried_said(None) == ""
    rate = "flights a fully observed day 0.17 (0.081–0.29) before, 1.3 (0.97–1.6) after; exposure drawn from its interval"
    assert tried_said(rate) == (
        " Flights a day: 0.17 before (0.081 to 0.29) and 1.3 after (0.97 to 1.6), corrected for what could be heard; "
        "the doubt about that correction is part of the test."
    )
