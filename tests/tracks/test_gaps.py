import pytest
from tracks_for_tests import joined, track

from waystation.terms.schema import TABLES
from waystation.tracks import TrackRules, build
from waystation.tracks.gaps import GapRules

START = 1_700_000_000_000


def test_a_silence_has_its_ends_its_length_and_its_speed():
    before, after = track(minutes=10), track(minutes=10, lat=35.8, lon=24.0, start_ms=START + 4_800_000)
    gap = build(joined(before, after)).gaps.to_pylist()[0]
    assert gap["silence_s"] == 4200.0
    assert (gap["from_lat"], gap["from_lon"]) == (before["lat"][-1].as_py(), before["lon"][-1].as_py())
    assert (gap["to_lat"], gap["to_lon"]) == (after["lat"][0].as_py(), after["lon"][0].as_py())
    assert gap["implied_speed_kt"] == pytest.approx(316, abs=5)
    assert gap["label"] is None
    assert gap["flight_id"] is None


def test_gaps_have_the_schema_and_an_id_of_their_content():
    t = joined(track(minutes=10), track(minutes=10, lat=35.8, lon=24.0, start_ms=START + 4_800_000))
    one, two = build(t).gaps, build(t.slice(5)).gaps
    assert one.schema == TABLES["gaps"]
    assert one["gap_id"].to_pylist() == two["gap_id"].to_pylist()
    assert len(one["gap_id"][0].as_py()) == 16


@pytest.mark.parametrize(("seconds", "found"), [(890, 0), (910, 1)])
def test_a_silence_counts_from_fifteen_minutes(seconds, found):
    after = track(minutes=10, start_ms=START + 600_000 + seconds * 1000, lat=35.3, lon=17.5)
    assert build(joined(track(minutes=10), after)).gaps.num_rows == found


def test_the_threshold_is_a_rule():
    t = track(minutes=30, step_s=60)
    assert build(t, TrackRules(gaps=GapRules(min_silence_s=59))).gaps.num_rows == 30


def test_silences_of_two_aircraft_do_not_mix():
    other = track(minutes=10, icao24="3c6444", start_ms=START + 7_200_000)
    assert build(joined(track(minutes=10), other)).gaps.num_rows == 0


def test_each_body_has_its_own_silences():
    here = joined(track(minutes=30), track(minutes=30, lat=35.5, lon=24.0, start_ms=START + 5_400_000))
    there = track(minutes=120, step_s=7, lat=55.0, lon=60.0, source_id="b" * 16)
    assert build(joined(here, there)).gaps["silence_s"].to_pylist() == [3600.0]
