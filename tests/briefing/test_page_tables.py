"""What a reader meets in the tables of the page, and the words and numbers in which it is said."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from waystation.briefing import page_tables
from waystation.briefing.labels import Label, placed
from waystation.briefing.places import Place, Places
from waystation.briefing.scales import time_ticks
from waystation.briefing.wording import bayes_text, chance_text, value_text


@pytest.mark.parametrize(
    ("value", "measure", "said"),
    [(99.52, "through-flow", "100"), (0.91, "through-flow", "0.9"), (0.0031, "transit ratio", "under 1\u00a0%"),
     (0.82, "dependence", "82\u00a0%"), (None, "betweenness", "–")],
)  # fmt: skip
def test_measures_of_a_hub_have_the_digits_that_are_known(
    value: float | None, measure: str, said: str
) -> None:
    assert page_tables.measured(value, measure) == said


@pytest.mark.parametrize(
    ("row", "measure", "said"),
    [((0.82, 0.71, 0.83), "dependence", "71–83\u00a0%"), ((0.34, 0.338, 0.342), "betweenness", ""), ((66.0, 62.0, 68.0), "through-flow", "62–68"),
     ((0.003, 0.0, 0.02), "transit ratio", "0–2\u00a0%"), ((0.003, 0.004, 0.02), "transit ratio", "under 1\u00a0% to 2\u00a0%"),
     ((1.0, None, None), "through-flow", "")],
)  # fmt: skip
def test_an_interval_that_says_no_more_than_its_value_is_left_out(
    row: tuple[Any, ...], measure: str, said: str
) -> None:
    assert page_tables.measured_span(dict(zip(("value", "low", "high"), row, strict=True)), measure) == said


@pytest.mark.parametrize(("p", "said"), [(0.0005, "1 in 2,000"), (0.012, "1 in 83"), (0.45, "45\u00a0%"), (0.0, "0\u00a0%")])  # fmt: skip
def test_what_chance_does_is_said_as_one_in_so_many(p: float, said: str) -> None:
    assert chance_text(p) == value_text(p, "p-value") == said


@pytest.mark.parametrize(
    ("log10", "said"),
    [
        (4.6, "explains the visits 40,000 times better than no change does: decisive evidence"),
        (0.3, "explains the visits 2 times better than no change does: evidence barely worth mention"),
        (-1.0, "explains the visits 10 times worse than no change does"),
    ],
)
def test_the_weight_of_a_change_is_a_comparison_of_explanations(log10: float, said: str) -> None:
    assert bayes_text(log10) == said


def test_what_all_reports_share_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[dict[str, Any]] = [
        {"comparable": True, "reason": "same actor; expected: 2.0; not corrected"},
        {"comparable": True, "reason": "same actor; expected: 1.2; not corrected"},
        {"comparable": False, "reason": "same actor; aircraft on the ground are no flights"},
    ]
    monkeypatch.setattr(page_tables, "published_rows", lambda _: rows)
    asked: Any = SimpleNamespace(q=SimpleNamespace(kind="published"))
    table = page_tables.published_table(asked)
    assert table["published_common"] == "same actor; not corrected"
    own = [r["own_reason"] for r in table["published"]]
    assert own == ["expected: 2.0", "expected: 1.2", "same actor; aircraft on the ground are no flights"]


def test_idents_in_a_text_become_names_where_they_are_known() -> None:
    places = Places(
        {i: Place(i, n, 0.0, 0.0) for i, n in (("HL59", "al-Khadim"), ("UUMU", "Chkalovsky Air Base"))}
    )
    assert places.in_words("visits to HL59 (1.2), UUMU>HL59, UUMU>GABS, at 14:30 UTC") == (
        "visits to al-Khadim (1.2), Chkalovsky → al-Khadim, UUMU>GABS, at 14:30 UTC"
    )


def test_a_single_report_keeps_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_tables, "published_rows", lambda _: [{"comparable": True, "reason": "as asked"}])
    asked: Any = SimpleNamespace(q=SimpleNamespace(kind="published"))
    table = page_tables.published_table(asked)
    assert (table["published"][0]["own_reason"], table["published_common"]) == ("as asked", "")


@pytest.mark.parametrize(
    ("start", "stop", "most", "said"),
    [
        (datetime(2024, 9, 30, 22, tzinfo=UTC), datetime(2025, 3, 1, tzinfo=UTC), 3, ["Oct 2024", "Dec 2024", "Feb 2025"]),
        (datetime(2024, 10, 1, tzinfo=UTC), datetime(2025, 2, 28, tzinfo=UTC), 9, None),
        (datetime(2017, 3, 8, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC), 4, ["Jan 2018", "Jan 2020", "Jan 2022", "Jan 2024"]),
    ],
)  # fmt: skip
def test_a_few_months_stand_under_a_narrow_chart(
    start: datetime, stop: datetime, most: int, said: list[str] | None
) -> None:
    told = [label for _, label in time_ticks(start, stop, most, whole_days=True)]
    assert 2 <= len(told) <= most
    assert said is None or told == said


def test_a_name_that_does_not_fit_gives_way_to_its_ident() -> None:
    long = Label("Sheremetyevo", 50.0, 20.0, 10.0, strong=False, anchor=None, short="UUEE")
    assert [p.label.text for p in placed([long], 300.0, 60.0)] == ["Sheremetyevo"]
    assert [p.label.text for p in placed([long], 84.0, 60.0)] == ["UUEE"]
