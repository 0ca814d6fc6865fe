"""Likelihood words of ICD 203 (2015), always computed from a stored probability, never chosen.

The standard's seven bands run from 1 to 99 %. A value on a border takes the stronger word on its side of
one half; beyond 1 and 99 % the outer words stand, and the number is printed next to them.
"""

from __future__ import annotations

from typing import Final

__all__ = ["LADDER", "it_is", "likelihood_word"]

_BANDS: Final = (
    (0.05, "almost no chance"),
    (0.20, "very unlikely"),
    (0.45, "unlikely"),
    (0.55, "roughly even chance"),
    (0.80, "likely"),
    (0.95, "very likely"),
)
_TOP: Final = "almost certain"

LADDER: Final = (0.95, 0.80, 0.55)
"""The probabilities at which "almost certain", "very likely" and "likely" begin."""


def likelihood_word(probability: float | None) -> str | None:
    """Return the word for a probability (0 … 1); None stays None: what was counted has no likelihood."""
    if probability is None:
        return None
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"a probability lies in 0 … 1, not {probability}")
    return next((word for top, word in _BANDS if probability < top), _TOP)


def it_is(probability: float) -> str:
    """The opening of a sentence that says how likely something is: ``It is very likely``, before "that"."""
    word = likelihood_word(probability) or ""
    if word in {"almost no chance", "roughly even chance"}:
        return f"There is {'a ' if word.startswith('roughly') else ''}{word}"
    return f"It is {word}"
