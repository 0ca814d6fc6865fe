"""Triples: what flows through, with fractions where ends are dark."""

from __future__ import annotations

import pytest
from made_network import fly, tables

from waystation import network
from waystation.world.airfields import load_airfields


def triples(*flown, **more):
    built = network.build(*tables(*flown), airfields=load_airfields(), **more)
    return [
        (r["origin"], r["via"], r["destination"], pytest.approx(r["probability"]))
        for r in built["triples"].to_pylist()
    ]


def test_a_stop_between_two_flights_is_a_triple():
    assert triples(fly(1, "UUMU", "OSLK", 0, 4), fly(2, "OSLK", "GABS", 7, 15)) == [
        ("UUMU", "OSLK", "GABS", 1.0)
    ]


@pytest.mark.parametrize(("left_h", "n"), [(4.4, 0), (4.6, 1), (75.9, 1), (76.1, 0)])
def test_a_stop_lasts_from_half_an_hour_to_three_days(left_h, n):
    assert len(triples(fly(1, "UUMU", "OSLK", 0, 4), fly(2, "OSLK", "GABS", left_h, left_h + 9))) == n


def test_dark_ends_make_fractions_that_add_up_to_one_at_most():
    found = triples(
        fly(1, {"UUMU": 0.5, "UUWW": 0.4}, {"OSLK": 0.7, "HL59": 0.2}, 0, 4),
        fly(2, {"OSLK": 0.7, "HL59": 0.2}, "GABS", 9, 15),
    )
    assert found[0] == ("UUMU", "OSLK", "GABS", 0.35)
    assert len(found) == 4
    assert sum(t[3].expected for t in found) == pytest.approx(0.81)


def test_home_is_not_on_the_way():
    flown = [fly(1, "GABS", "UUMU", 0, 8), fly(2, "UUMU", "OSLK", 12, 16)]
    assert triples(*flown, homes={"154076": "UUMU"}) == []


def test_local_sorties_go_through_nothing_and_do_not_hide_what_does():
    sorties = [fly(k, "KRNM", "KRNM", 3 * k, 3 * k + 1) for k in range(9)]
    assert triples(*sorties) == []
    assert triples(
        fly(1, "UUMU", "OSLK", 0, 4), fly(2, "OSLK", "OSLK", 6, 7), fly(3, "OSLK", "GABS", 9, 16)
    ) == [("UUMU", "OSLK", "GABS", 1.0)]
