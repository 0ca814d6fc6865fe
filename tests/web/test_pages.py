"""How numbers, times and questions stand on a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from waystation.web import charts, charts_weeks, pages
from waystation.web.questions import named


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(0.0, 1, "0"), (0.04, 1, "< 0.1"), (0.06, 1, "0.1"), (-0.01, 1, "> −0.1"), (12_345.0, 1, "12,345"), (7, 1, "7"),
     (None, 1, "–"), (0.004, 2, "< 0.01"), (0.0004, 3, "< 0.001")],
)  # fmt: skip
def test_what_rounds_to_nothing_is_not_called_nothing(value: float | None, digits: int, said: str) -> None:
    assert pages._number(value, digits) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.9999, "> 99.9 %"),
        (0.0001, "< 0.1 %"),
        (0.995, "99.5 %"),
        (0.42, "42 %"),
    ],
)
def test_a_probability_is_never_rounded_to_certainty(value: float, said: str) -> None:
    assert pages._percent(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(float(np.float32(149.8)), "149.8"), (35.380457, "35.380457"), (1_200, "1,200"), (1e-9, "1e-09"),
     (float("nan"), "nan"), (0.1, "0.1"), (123456.789, "123,456.789")],
)  # fmt: skip
def test_numbers_of_tables_stand_as_they_were_written(value: float, said: str) -> None:
    assert pages._raw(value) == said


def test_every_time_carries_what_the_hover_needs() -> None:
    t = datetime(2025, 1, 17, 18, 2, 37, 860_000, UTC)
    assert pages._time(t) == '<time datetime="2025-01-17T18:02:37.860000+00:00">2025-01-17 18:02 UTC</time>'
    assert pages._moment(t) == "2025-01-17T18:02:37.860Z"
    assert pages._moment(date(2025, 1, 17)) == "2025-01-17"


def test_heights_name_their_unit_and_each_new_day() -> None:
    track = [
        {"time_utc": datetime(2025, 1, 17 + h // 24, h % 24, tzinfo=UTC), "altitude_ft": 30_000, "on_ground": False, "mask": None}
        for h in range(21, 28)
    ]  # fmt: skip
    drawn = charts.altitude_profile(track, [])
    assert "thousand feet of pressure altitude" in drawn
    assert drawn.count(">2025-01-17<") == drawn.count(">2025-01-18<") == 1


@pytest.mark.parametrize("most", [0.1, 0.37, 1.0, 4.7, 62.0, 2_300.0])
def test_the_scale_of_a_rate_has_round_numbers(most: float) -> None:
    marks = charts_weeks._round_marks(most)
    assert 2 <= len(marks) <= 6
    assert marks[0] == 0
    assert 0.5 * most < marks[-1] <= most * 1.000001
    assert all(len(f"{m:.6g}".replace("0", "").replace(".", "")) <= 1 for m in marks)


@dataclass(frozen=True)
class Asking:
    """As much of a result as the name of a question needs."""

    case: Any = None
    airfields: Any = field(default_factory=lambda: SimpleNamespace(index={}))


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("outflow: Syria", "Flights out of Syria"),
        ("via: UUMU>GABS", "Stopovers, UUMU to GABS"),
        ("rotation: e to GABS", "Itineraries since e to GABS, beside the earlier ones"),
        ("published", "Published counts beside the tracks"),
        ("OSLK>HL59", "OSLK to HL59"),
        ("something: new", "something: new"),
    ],
)
def test_questions_have_names_that_can_be_read(subject: str, said: str) -> None:
    result: Any = Asking()
    assert named(result, subject) == said
