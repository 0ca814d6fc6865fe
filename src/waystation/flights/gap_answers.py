"""What measured reception says of a silence, in words: the first answer that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.flights.gap_labels import GapLabelRules
    from waystation.flights.gap_way import Along

    Floats = NDArray[np.float64]

__all__ = ["NOT_MEASURED", "answers"]

NOT_MEASURED = "reception there and then was not measured"


def answers(way: Along, silence_s: Floats, usual_s: Floats, rules: GapLabelRules) -> list[tuple[str, str]]:
    """Return label and reason per silence. ``usual_s``: spacing that its body's positions rarely exceed."""
    h = way.heard
    cases = [
        (way.unheard >= rules.unheard_share) & (way.edge_ends - 1 >= rules.edge_others),
        way.straight_s <= 0.0,
        h.measured < rules.measured_share,
        (h.mean < rules.poor_mean) & (h.high < rules.poor_high),
        (h.low < rules.good_low) & (h.poor >= rules.poor_share),
        h.low < rules.good_low,
        h.below > rules.dark_below,
        silence_s < rules.usual_times * usual_s,
        np.ones(len(silence_s), dtype=np.bool_),
    ]
    case = np.argmax(cases, axis=0)
    return [
        _answer(int(c), way, k, f"{silence_s[k] / 60.0:.0f} min without a position", float(usual_s[k]))
        for k, c in enumerate(case)
    ]


def _answer(case: int, way: Along, k: int, minutes: str, usual_s: float) -> tuple[str, str]:
    h = way.heard
    if case == 0:
        return "coverage", (
            f"{minutes}; nobody was ever heard on {way.unheard[k]:.0%} of the straight way, and tracks of "
            f"{way.edge_ends[k]} aircraft begin or end next to it"
        )
    if case == 1:
        return "unknown", f"{minutes}, close to where it was heard before and after: there is no straight way"
    if case == 2:
        return "unknown", f"{minutes}; {NOT_MEASURED} on {1.0 - h.measured[k]:.0%} of the straight way"
    measured = (
        f"{minutes}; the chance to be heard on the straight way is measured at {h.mean[k]:.0%} "
        f"({h.low[k]:.0%}–{h.high[k]:.0%}) from {h.looks[k]} crossings at these heights"
    )
    return {
        3: ("coverage", measured),
        4: ("coverage", f"{measured}; on {h.poor[k]:.0%} of it, crossings go unheard more often than not"),
        5: ("unknown", f"{measured}: neither good nor poor"),
        6: (
            "unknown",
            f"{measured}, but on {h.below[k]:.0%} of it crossings may mostly go unheard",
        ),
        7: ("unknown", f"{measured}, but silences of {usual_s / 60.0:.0f} min are usual for it"),
        8: ("dark", f"{measured}, and a landing in it is not the simple answer"),
    }[case]
