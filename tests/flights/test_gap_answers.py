"""What measured reception says of a silence: one answer a case, and none that contradicts its own figures."""

from __future__ import annotations

import numpy as np
import pytest

from waystation.flights.gap_answers import answers
from waystation.flights.gap_labels import GapLabelRules
from waystation.flights.gap_way import Along
from waystation.terms.reception_ways import Way

GOOD = {"mean": 1.0, "low": 1.0, "high": 1.0, "looks": 1853, "measured": 1.0, "below": 0.0, "poor": 0.0}


def said(silence_s: float = 4000.0, **other: float) -> tuple[str, str]:
    way = Way(**{k: np.array([v]) for k, v in (GOOD | other).items()})
    along = Along(np.array([3000.0]), way, np.array([0.0]), np.array([0]))
    (answer,) = answers(along, np.array([silence_s]), np.array([60.0]), GapLabelRules())
    return answer


@pytest.mark.parametrize(
    ("figures", "label", "words"),
    [
        ({}, "dark", "a landing in it is not the simple answer"),
        ({"below": 0.3}, "unknown", "but on 30% of it crossings may mostly go unheard"),
        ({"low": 0.6, "mean": 0.8}, "unknown", "measured at 80% (60%–100%) from 1853 crossings"),
        ({"low": 0.6, "mean": 0.8}, "unknown", "neither good nor poor"),
        ({"mean": 0.2, "low": 0.1, "high": 0.5}, "coverage", "measured at 20% (10%–50%)"),
        ({"low": 0.5, "poor": 0.7}, "coverage", "on 70% of it, crossings go unheard more often than not"),
        ({"measured": 0.5}, "unknown", "was not measured on 50% of the straight way"),
    ],
)
def test_the_reason_says_the_figure_that_decided(figures: dict[str, float], label: str, words: str) -> None:
    assert said(**figures)[0] == label
    assert words in said(**figures)[1]


def test_a_way_that_is_well_heard_but_for_a_part_is_never_called_neither_good_nor_poor() -> None:
    assert "neither" not in said(below=0.5)[1]


def test_a_silence_that_is_usual_for_the_body_is_unknown() -> None:
    label, reason = said(silence_s=150.0)
    assert label == "unknown"
    assert reason.endswith("from 1853 crossings at these heights, but silences of 1 min are usual for it")
