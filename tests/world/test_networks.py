"""Which network a place names, and whom to name for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flown_for_tests import records, trace

from waystation.store.archive import read_archive_table
from waystation.store.ingesting import ingest
from waystation.world.networks import NETWORKS, attribution, network_in, network_of

if TYPE_CHECKING:
    from pathlib import Path


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


def test_a_file_of_a_known_network_carries_its_terms_and_one_of_nobody_none(tmp_path: Path) -> None:
    for folder in ("raw/airplanes.live/globe_history/2024/12/08/traces/76", "from-a-colleague"):
        (tmp_path / folder).mkdir(parents=True)
        moved = 3_600.0 if folder.startswith("raw") else 9_000.0
        rows = records("LFPG", "EBBR", moved)
        (tmp_path / folder / "trace_full_154076.json").write_bytes(trace("154076", rows))
    ingest([str(tmp_path)], tmp_path / "archive", workers=1)
    terms = {
        r["network"]: (r["licence"], r["attribution"])
        for r in read_archive_table(tmp_path / "archive", "sources").to_pylist()
    }
    live = network_of("airplanes.live")
    assert live is not None
    assert terms == {"airplanes.live": (live.licence, live.credit), None: (None, None)}
