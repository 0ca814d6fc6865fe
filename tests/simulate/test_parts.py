from __future__ import annotations

import numpy as np
import pytest

from waystation.simulate.motion import fly
from waystation.simulate.performance import PERFORMANCE
from waystation.simulate.places import place
from waystation.simulate.sampling import sample
from waystation.terms.geodesy import distance_km


@pytest.mark.parametrize("kind", PERFORMANCE)
def test_flights_begin_and_end_on_the_ground_at_their_airfields(kind: str) -> None:
    o, d = place("OSLK"), place("HL59")
    m = fly(kind, o, d, (), 1.7e9, 1, np.random.default_rng(1))
    assert (np.diff(m.time_s) > 0).all()
    for at, i in ((o, 0), (d, -1)):
        assert float(distance_km(at.lat, at.lon, m.lat[i], m.lon[i])) < 4
        assert m.altitude_ft[i] == at.elevation_ft
    assert m.altitude_ft.max() <= max(PERFORMANCE[kind].levels_ft)
    assert m.rate_fpm.min() > -3000
    hours = (m.landing_s - m.takeoff_s) / 3600
    assert m.distance_km / hours / 1.852 == pytest.approx(PERFORMANCE[kind].cruise_kt, rel=0.25)


def test_the_last_miles_are_flown_along_the_runway() -> None:
    m = fly("IL76", place("OSLK"), place("HL59"), (), 1.7e9, 1, np.random.default_rng(1))
    last = (m.time_s > m.landing_s - 120) & (m.time_s < m.landing_s)
    track = m.track_deg[last] % 360
    assert np.ptp(track) < 2
    assert min(abs(track.mean() - 150), abs(track.mean() - 330)) < 2


def test_short_hops_stay_low() -> None:
    m = fly("A320", place("OSLK"), place("OSDI"), (), 1.7e9, 1, np.random.default_rng(1))
    assert 8000 < m.altitude_ft.max() < 25000


def test_kept_positions_are_at_most_twenty_seconds_apart_and_denser_low_down() -> None:
    m = fly("B738", place("LTFM"), place("HECA"), (), 1.7e9, 1, np.random.default_rng(1))
    h = sample(m, np.random.default_rng(2))
    dt = np.diff(h.time_s)
    assert dt.max() < 21.5
    low = (h.altitude_ft[1:] < 5000) & ~h.on_ground[1:]
    assert np.median(dt[low]) < 12
    assert np.median(dt[h.altitude_ft[1:] > 30000]) == pytest.approx(19.7, abs=0.4)
