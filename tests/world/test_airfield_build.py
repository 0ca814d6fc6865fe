from __future__ import annotations

import sys

import numpy as np
import pytest
from tests.conftest import ROOT

from waystation.terms.geodesy import distance_km
from waystation.world.airfields import load_airfields


@pytest.fixture(scope="module", autouse=True)
def scripts():
    sys.path.insert(0, str(ROOT / "scripts"))
    yield
    sys.path.remove(str(ROOT / "scripts"))


def field(ident, name, lat=10.0, lon=20.0, kind="small_airport", **more):
    from airfield_sources import Field

    columns = dict.fromkeys(
        ("municipality", "gps_code", "iata_code", "local_code", "other_names", "source"), ""
    )
    columns |= {"source_id": ident, "elevation_ft": None, "iso_country": "LY", "scheduled": False} | more
    return Field(ident=ident, name=name, lat=lat, lon=lon, kind=kind, **columns)


def merged(a, b, runways=None):
    from airfield_idents import merge

    kept, merges, _ = merge([a, b], set(), runways or {})
    return [f.ident for f in kept], [m.reason for m in merges]


def test_one_name_at_one_place_is_one_field():
    a, b = field("AR-1", "San Martín Airport"), field("SAMM", "San Martin Airfield", lat=10.004)
    assert merged(a, b) == (["SAMM"], ["same name"])
    assert b.aliases == {"AR-1"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Whiting Field North", "Whiting Field South"),
        ("Mavaca I Airport", "Mavaca II Airport"),
        ("Strip 4", "Strip 5"),
    ],
)
def test_sides_and_numbers_make_two_fields(one, other):
    assert merged(field("A", one), field("B", other, lat=10.009))[1] == []


def test_a_lake_beside_a_runway_is_another_place():
    a = field("PALH", "Lake Hood Seaplane Base", kind="seaplane_base")
    assert merged(a, field("Z41", "Lake Hood Airport"))[1] == []


def test_a_record_without_runway_beside_a_large_field_is_its_other_side():
    runways = {"EBBR": frozenset({"01/19 30"})}
    small, large = field("EBMB", "Melsbroek"), field("EBBR", "Brussels", lat=10.012, kind="large_airport")
    assert merged(small, large, runways) == (["EBBR"], ["beside a larger field"])
    own = runways | {"EBMB": frozenset({"09/27 8"})}
    assert merged(small, large, own)[1] == []


def test_an_ident_changes_only_when_two_sources_agree_and_nobody_had_it():
    from airfield_idents import rename

    fields = [
        field("LY-MRA", "Misrata", gps_code="HLMS"),
        field("00TN", "Farm"),
        field("AF-1", "Khost"),
        field("X", "Y"),
    ]
    drift = {"LY-MRA": "HLMS", "00TN": "US-9359", "AF-1": "OAKS", "X": "XRMU"}
    assert rename(fields, drift, {"OAKS"}, {"OAKS"}) == [("LY-MRA", "HLMS")]
    assert [f.ident for f in fields] == ["HLMS", "00TN", "AF-1", "X"]
    assert [sorted(f.aliases) for f in fields] == [["LY-MRA"], ["US-9359"], [], ["XRMU"]]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ASP", "hard"), ("Asphalt/Concrete", "hard"), ("CONC-G", "hard"), ("PEM", "hard"), ("TURF", "soft"),
        ("TURF-G", "soft"), ("GRE", "soft"), ("GRS", "soft"), ("GVL", "soft"), ("Grass", "soft"), ("LAT", "soft"),
        ("ASPH-TURF", "hard"), ("TURF-GRVL", "soft"), ("WATER-E", "water"), ("UNK", "unknown"), ("", "unknown"),
        ("Graded earth", "soft"), ("sand", "soft"), ("ice", "soft"),
    ],
)  # fmt: skip
def test_surface_codes_have_their_class(code, kind):
    from airfield_runways import surface_class

    assert surface_class(code) == kind


@pytest.mark.parametrize(
    ("ident", "deg"),
    [("15", 150), ("05L", 50), ("36", 0), ("NE", 45), ("H1", None), ("", None), ("ALL", None), ("00", None)],
)
def test_runway_idents_are_headings(ident, deg):
    from airfield_runways import ident_heading

    got = ident_heading(ident)
    assert np.isnan(got) if deg is None else got == deg


def test_no_two_land_fields_stand_at_one_place():
    t = load_airfields()
    land = np.flatnonzero(t.kind != "seaplane_base")
    close = t.tree.query_pairs(0.1 / 6371.0, output_type="ndarray")
    both = close[np.isin(close, land).all(axis=1)]
    assert [
        (t.ident[i], t.ident[j])
        for i, j in both
        if distance_km(t.lat[i], t.lon[i], t.lat[j], t.lon[j]) < 0.09
    ] == []
