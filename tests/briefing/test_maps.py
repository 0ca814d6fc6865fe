"""Geometry of the map: projection, clipping, thinning, labels, regions."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from briefed_for_tests import positions, tables

from waystation.briefing.labels import Label, placed
from waystation.briefing.lines import clip_ring, great_circle, thin
from waystation.briefing.map_regions import regions
from waystation.briefing.map_tracks import Track, flight_tracks
from waystation.briefing.projection import fit
from waystation.terms.geodesy import distance_km, wrap_lon_deg
from waystation.world.basemap import load_basemap


@pytest.mark.parametrize(
    "points",
    [
        ([48.0, 49.5], [1.0, 4.0]),
        ([55.9, 35.4, 12.5], [38.1, 36.0, -8.0]),
        ([-17.0, -20.0], [178.0, -178.0]),
        ([78.0, 80.0], [10.0, 60.0]),
    ],
)
def test_all_points_fall_on_the_page_and_come_back(points):
    frame = fit(*points)
    xy = frame.project(*points)
    assert np.all((xy > 0) & (xy < [frame.width, frame.height]))
    lat, lon = frame.unproject(xy)
    assert lat == pytest.approx(points[0], abs=1e-6)
    assert wrap_lon_deg(lon + frame.lon0) == pytest.approx(wrap_lon_deg(points[1]), abs=1e-6)


def test_areas_are_equal_at_the_centre_and_the_rim():
    frame = fit([55.9, 12.5], [38.1, -8.0])

    def area(lat, lon):
        d = 0.01
        p = frame.project([lat, lat, lat + d], [lon, lon + d / np.cos(np.radians(lat)), lon])
        (ax, ay), (bx, by) = p[1] - p[0], p[2] - p[0]
        return abs(ax * by - ay * bx)

    assert area(55.0, 37.0) == pytest.approx(area(35.0, 15.0), rel=0.01)


def test_data_around_the_globe_gets_the_whole_globe():
    frame = fit([48.0, -33.0, 37.0], [2.0, 151.0, -122.0])
    assert frame.world
    xy = frame.project([48.0, -33.0, 37.0], [2.0, 151.0, -122.0])
    assert np.all((xy >= 0) & (xy <= [frame.width, frame.height]))


def test_clipping_keeps_what_is_inside():
    square = np.array([[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]], dtype=float)
    part = clip_ring(square, (1, 2, -1, 3))
    assert part[:, 0].min() == 1
    assert part[:, 0].max() == 2
    assert part[:, 1].max() == 3
    assert len(clip_ring(square, (9, 10, 9, 10))) == 0


def test_thinning_stays_within_the_tolerance_and_keeps_the_ends():
    t = np.linspace(0, 6, 500)
    line = np.stack([t * 50, 30 * np.sin(t)], axis=-1)
    kept = thin(line, 0.5)
    assert kept[0] == 0
    assert kept[-1] == 499
    assert len(kept) < 60
    back = np.interp(line[:, 0], line[kept, 0], line[kept, 1])
    assert np.abs(back - line[:, 1]).max() < 0.7


def test_a_great_circle_is_the_shortest_way():
    lat, lon = great_circle(55.9, 38.1, 12.5, -8.0)
    steps = distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum()
    assert steps == pytest.approx(float(distance_km(55.9, 38.1, 12.5, -8.0)), rel=1e-6)


def test_labels_do_not_cover_each_other_and_sites_come_first():
    close = [
        Label(t, 100.0 + i, 100.0, 12.0, t == "SITE", None) for i, t in enumerate(["AAAA", "BBBB", "SITE"])
    ]
    done = placed(close, 300, 200)
    assert done[0].label.text == "SITE"
    for i, a in enumerate(done):
        for b in done[i + 1 :]:
            assert (
                a.box[2] <= b.box[0] or b.box[2] <= a.box[0] or a.box[3] <= b.box[1] or b.box[3] <= a.box[1]
            )


def test_tracks_are_cut_at_the_flight_and_leave_masked_positions_out():
    p = positions().append_column("mask", pa.array([0, 0, 4, 0, 0, 0, 0], pa.int16()))
    (track,) = flight_tracks(tables()["flights"], p)
    assert track.flight_id == f"{0:016x}"
    assert len(track.lat) == 6
    shuffled = p.take(pa.array([3, 1, 0, 6, 5, 2, 4]))
    assert np.array_equal(flight_tracks(tables()["flights"], shuffled)[0].lat, track.lat)
    assert flight_tracks(tables()["flights"], None) == []


def test_far_regions_get_a_map_each_and_near_ones_do_not():
    def track(i, lat, lon):
        return Track(str(i), np.array([lat, lat + 0.1]), np.array([lon, lon + 0.1]), np.array([0.0, 60.0]))

    paris = [track(i, 48.5 + i / 50, 2.3) for i in range(8)]
    ramona = [track(i, 33.0, -116.9 + i / 50) for i in range(6)]
    sydney = [track(99, -33.9, 151.2)]
    assert [len(g) for g in regions([*ramona, *paris, *sydney])] == [8, 6]
    assert regions(paris) == []


def test_the_basemap_has_land_where_land_is():
    basemap = load_basemap()
    assert "public domain" in basemap.source
    assert len(basemap.land) > 500
    assert all(np.all(ring[0] == ring[-1]) for ring in basemap.land)
    assert max(float(np.abs(np.diff(r[:, 0])).max()) for r in basemap.land if r[:, 1].max() > -60) < 180
    names = {c.name for c in basemap.countries}
    assert {"Libya", "Syria", "France"} <= names
