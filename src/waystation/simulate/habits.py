"""Not transmitting near an airfield: a habit of a scenario, drawn per flight and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.geodesy import distance_km

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from waystation.simulate.places import Place
    from waystation.simulate.sampling import Heard
    from waystation.simulate.scenario import Scenario

__all__ = ["dark_km", "transmitting"]

_SHAPE = 4.0  # of the gamma distribution of the distance: sigma is half the mean


def dark_km(s: Scenario, fleet: str, at: Place, on: date, rng: np.random.Generator) -> float:
    """Return within which distance of ``at`` this flight does not transmit; 0: it does all the way."""
    lot, gamma = rng.random(), rng.gamma(_SHAPE)
    for d in s.dark:
        holds = (d.start is None or d.start <= on) and (d.end is None or on <= d.end)
        if d.airfield == at.ident and holds and (not d.fleets or fleet in d.fleets):
            return float(gamma / _SHAPE * d.distance_km) if lot < d.share else 0.0
    return 0.0


def transmitting(h: Heard, o: Place, d: Place, off_o_km: float, off_d_km: float) -> NDArray[np.bool_]:
    """Return which positions were sent at all."""
    sent = np.ones(len(h.time_s), dtype=np.bool_)
    if off_o_km:
        sent &= distance_km(h.lat, h.lon, o.lat, o.lon) > off_o_km
    if off_d_km:
        sent &= distance_km(h.lat, h.lon, d.lat, d.lon) > off_d_km
    return sent
