"""Charts: bars where the counts are, axes that fit, words that read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from waystation.briefing.charts import Bar, StripRow, bars_chart, strip_chart
from waystation.briefing.scales import count_ticks, time_ticks
from waystation.briefing.wording import duration_text, number_text, percent_text, period_text

D = date(2024, 12, 1)


def bar(i, n, anchor="rows-1", heard=True):
    return Bar(D + timedelta(days=i), D + timedelta(days=i + 1), n, anchor if n else None, heard)


def test_a_bar_per_day_with_its_interval_and_its_link():
    svg = str(bars_chart([bar(0, 2), bar(1, 0), bar(2, 0, heard=False)], 400, label="x"))
    assert svg.count('class="bar"') == 2
    assert svg.count('href="#rows-1"') == 1
    assert svg.count('class="unheard"') == 1
    assert "1 December 2024: 2 flights, 90 % interval on the mean 0.6–5.5" in svg
    assert "this is not a zero" in svg


def test_heights_are_in_proportion():
    svg = str(bars_chart([bar(0, 1), bar(1, 4)], 400, label="x"))
    one, four = (float(h) for h in re.findall(r'height="([\d.]+)" class="bar"', svg))
    assert four == pytest.approx(4 * one, abs=0.3)


def test_time_left_out_is_marked_by_a_break():
    svg = str(bars_chart([bar(0, 1), bar(1, 1), bar(40, 1)], 400, label="x"))
    assert svg.count('class="break"') == 1


def test_marks_stand_at_their_date():
    svg = str(
        bars_chart([bar(i, 1) for i in range(10)], 400, label="x", marks=[(date(2024, 12, 8), "<falls>")])
    )
    assert "&lt;falls&gt;" in svg
    assert svg.count('class="event"') == 1


def test_a_strip_has_a_bar_per_flight_and_escapes_names():
    t = datetime(2024, 12, 1, tzinfo=UTC)
    row = StripRow(
        "<b>",
        [
            (t, t + timedelta(hours=2), "call", "f-1"),
            (t + timedelta(hours=5), t + timedelta(hours=6), "x", None),
        ],
    )
    svg = str(strip_chart([row], t, t + timedelta(days=1), 400, label="x"))
    assert svg.count('class="bar"') == 2
    assert svg.count('href="#f-1"') == 1
    assert "&lt;b&gt;" in svg


@pytest.mark.parametrize(("top", "last"), [(0.5, 1), (3.2, 4), (7, 8), (120, 150), (990, 1000)])
def test_count_ticks_are_whole_and_reach_the_top(top, last):
    ticks = count_ticks(top)
    assert ticks[0] == 0
    assert ticks[-1] == last
    assert len(ticks) <= 6


@pytest.mark.parametrize("days", [0.1, 1, 3, 20, 100, 700, 9000])
def test_time_ticks_are_few_and_inside(days):
    t = datetime(2024, 12, 1, 3, tzinfo=UTC)
    ticks = time_ticks(t, t + timedelta(days=days))
    assert 0 <= len(ticks) <= 12
    assert all(t <= at <= t + timedelta(days=days) for at, _ in ticks)
    assert sorted({at for at, _ in ticks}) == [at for at, _ in ticks]


def test_words():
    assert number_text(12345.0) == "12,345"
    assert number_text(0.276) == "0.28"
    assert number_text(1.955) in {"1.96", "1.95"}
    assert number_text(0) == "0"
    assert percent_text(0.996) == "over 99\u00a0%"
    assert percent_text(0.43) == "43\u00a0%"
    assert duration_text(45) == "45 s"
    assert duration_text(3900) == "1 h 05 min"
    assert duration_text(3599) == "1 h 00 min"
    assert period_text(date(2018, 5, 1), date(2018, 5, 25)) == "1–25 May 2018"
    assert period_text(date(2024, 12, 30), date(2025, 1, 2)) == "30 December 2024 – 2 January 2025"


def test_where_time_is_left_out_the_highest_bars_have_their_dates() -> None:
    starts = [date(2017, 3, 6) + timedelta(weeks=20 * i) for i in range(20)]
    bars = [
        Bar(d, d + timedelta(weeks=1), 240 if i == 17 else 1, None, heard=True) for i, d in enumerate(starts)
    ]
    drawn = str(bars_chart(bars, 358, label="flights per week"))
    high = starts[17]
    assert f">{high.day} {high:%b} {high.year}<" in drawn


def test_a_week_on_a_narrow_chart_has_more_than_one_date() -> None:
    start, stop = datetime(2020, 9, 7, 22, tzinfo=UTC), datetime(2020, 9, 15, 1, tzinfo=UTC)
    drawn = str(strip_chart([StripRow("a53602", [])], start, stop, 358, label="flights"))
    assert drawn.count(" Sep<") >= 2
