"""What it is worth that no flight was seen: the chance that one would have been heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from waystation.patterns.rate_interval import Exposed, exposure_draws
from waystation.terms.counts import LEVEL

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Absence", "absence_probability"]


class Absence(NamedTuple):
    """P(at least one flight would have been heard): mean and 90 % limits."""

    probability: float
    low: float
    high: float


def absence_probability(exposures_row: Mapping[str, Any], flown: int = 1) -> Absence | None:
    """Return P(at least one of ``flown`` flights would have been heard), 1 - (1 - q)ⁿ; None: cannot tell.

    ``exposures_row``: one row of ``exposures`` as a dict; q is its exposure over its calendar days, so a
    flight is taken to fall on any day of the window alike. Flights share the reception that they flew
    through: the chance is averaged over what is not known of q, and never better than that.
    """
    if flown < 1:
        raise ValueError(f"absence is of at least one flight: flown = {flown}")
    mean, days = exposures_row["exposure_days"], exposures_row["days"]
    if mean is None or not days:
        return None
    q = exposure_draws(Exposed(days, mean, exposures_row["low"], exposures_row["high"])) / days
    heard = -np.expm1(flown * np.log1p(-np.minimum(q, 1.0 - 1e-12)))
    tail = (1.0 - LEVEL) / 2.0
    return Absence(float(heard.mean()), *(float(x) for x in np.quantile(heard, (tail, 1.0 - tail))))
