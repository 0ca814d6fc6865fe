"""Which network a place names, and whom to name for it."""

from __future__ import annotations

import pytest

from waystation.world.networks import NETWORKS, attribution, network_in, network_of


@pytest.mark.parametrize(
    ("uri", "network"),
    [
        ("/x/raw/airplanes.live/globe_history/2024/12/26/traces/76/trace_full_154076.json", "airplanes.live"),
        ("/x/raw/my-site.example-8080/globe_history/2024/12/26/traces/76/t.json", "my-site.example-8080"),
        ("/x/raw/adsb.lol/releases/v2024.12.26-planes-readsb-prod-0/v.tar.aa!/traces/00/t.json", "adsb.lol"),
        ("/x/raw/opensky/tracks/2026/11/01/154076_1.json", "opensky"),
        ("/home/me/ADSB.lol/2024/t.json", "adsb.lol"),
        ("/home/me/raw/stuff/t.json", None),
        ("", None),
    ],
)
def test_a_place_names_its_network(uri: str, network: str | None) -> None:
    assert network_in(uri) == network


def test_every_network_has_terms_and_its_own_name() -> None:
    assert len({n.name for n in NETWORKS}) == len(NETWORKS)
    for n in NETWORKS:
        assert network_of(n.name) is n
        assert n.terms.startswith("https://")
        assert n.licence in attribution(n.name)
        assert n.credit in attribution(n.name)


def test_of_an_unknown_network_no_licence_is_made_up() -> None:
    assert "not known" in attribution("my-site")
    assert "ODbL" not in attribution("my-site")
