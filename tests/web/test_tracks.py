"""Tracks for the map: what is kept, what is cut, and that the stream holds what was picked."""

from __future__ import annotations

import io
import itertools
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flown_for_tests import case_folder
from starlette.testclient import TestClient

from waystation import pipeline
from waystation.case import read_case
from waystation.web import make_app, tracks
from waystation.web.tracks import NEAREST, TrackRules, Tracks, View, make_tracks, pick
from waystation.web.tracks_sent import streamed
from waystation.web.window import Window

if TYPE_CHECKING:
    from pathlib import Path

PORT = 8765
DAY = Window(date(2024, 12, 8), date(2024, 12, 8))
EVERYWHERE = View(zoom=NEAREST + 1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    case = case_folder(tmp_path_factory.mktemp("tracks"))
    pipeline.run(read_case(case), case.parent / "out")
    return case.parent


@pytest.fixture(scope="module")
def drawn(made: Path) -> Tracks:
    out = made / "out"
    return make_tracks(
        out / "archive", pq.read_table(out / "flights.parquet"), pq.read_table(out / "masks.parquet")
    )


def read(picked: tracks.Picked) -> tuple[dict[str, str], list[dict[str, Any]]]:
    table = pa.ipc.open_stream(io.BytesIO(b"".join(streamed(picked)))).read_all()
    said = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
    return said, table.to_pylist()


def test_every_used_position_of_every_flight_is_there_when_near(made: Path, drawn: Tracks) -> None:
    flights = pq.read_table(made / "out" / "flights.parquet").to_pylist()
    said, rows = read(pick(drawn, DAY, EVERYWHERE))
    sent: dict[str, int] = {}
    for row in rows:
        sent[row["flight"]] = sent.get(row["flight"], 0) + len(row["lonlat"]) // 2
    assert sent == {f["flight_id"]: f["n_positions"] for f in flights}
    assert int(said["positions"]) == int(said["of"]) == sum(sent.values())


def test_a_thinned_track_is_never_two_cells_from_what_was_heard(drawn: Tracks) -> None:
    for zoom in (0, 3, 6, 9):
        kept = drawn.at(zoom)
        cell = 360.0 / (256 << zoom)
        for p in np.unique(drawn.path):
            mine = np.flatnonzero(drawn.path == p)
            shown = kept[drawn.path[kept] == p]
            assert {mine[0], mine[-1]} <= set(shown)
            before = shown[np.searchsorted(shown, mine, side="right") - 1]
            assert np.abs(drawn.lon[mine] - drawn.lon[before]).max() <= cell * 1.001
    assert len(drawn.at(0)) < len(drawn.at(6)) < len(drawn.at(NEAREST + 1)) == len(drawn.lon)


def test_no_line_is_drawn_over_a_silence(tmp_path: Path, made: Path) -> None:
    out = made / "out"
    flights, masks = (pq.read_table(out / f"{n}.parquet") for n in ("flights", "masks"))
    broken = make_tracks(out / "archive", flights, masks, TrackRules(max_silence_s=19))
    assert len(broken.flight) > flights.num_rows * 50  # positions are 20 s apart in the air
    del tmp_path


def test_the_window_and_the_map_select(drawn: Tracks) -> None:
    later = Window(date(2024, 12, 9), date(2024, 12, 9))
    assert read(pick(drawn, later, EVERYWHERE))[1] == []
    near = View(west=2.4, south=48.9, east=2.7, north=49.1, zoom=10.0)
    here = [row for row in read(pick(drawn, DAY, near))[1] if len(row["lonlat"]) > 4]
    assert here
    for row in here:
        inner = np.array(row["lonlat"]).reshape(-1, 2)[1:-1]  # both ends may lie just outside
        assert (np.abs(inner[:, 0] - 2.55) <= 0.3).all()
        assert (np.abs(inner[:, 1] - 49.0) <= 0.2).all()
    turned = View(west=362.4, south=48.9, east=362.7, north=49.1, zoom=10.0)
    assert len(pick(drawn, DAY, turned).found) == len(pick(drawn, DAY, near).found)


def test_too_much_is_thinned_before_flights_are_left_out(drawn: Tracks) -> None:
    some = pick(drawn, DAY, EVERYWHERE, TrackRules(max_positions=len(drawn.at(3))))
    assert (some.every, some.zoom) == (1, 3)
    assert {drawn.flight[p] for p in drawn.path[some.found]} == set(drawn.flight)
    few = pick(drawn, DAY, EVERYWHERE, TrackRules(max_positions=len(drawn.at(0)) - 1))
    assert few.every == 2
    assert 0 < len(few.found) < len(drawn.at(0))


def test_colours_divide_at_the_event(drawn: Tracks) -> None:
    noon = int((datetime(2024, 12, 8, tzinfo=UTC) + timedelta(hours=3)).timestamp() * 1000)
    rows = read(pick(drawn, DAY, View(zoom=4, event_ms=noon)))[1]
    late = {r["flight"] for r in rows if r["after"]}
    first = dict(zip(drawn.flight, drawn.first_ms, strict=True))
    assert late == {f for f, t in first.items() if t >= noon}
    assert 0 < len(late) < len(first)


def test_neither_colour_lies_on_top_of_the_other(drawn: Tracks) -> None:
    many = drawn_often(drawn, 40)
    middle = int(np.median(many.first_ms))
    rows = read(pick(many, Window(date(2000, 1, 1), date(2040, 1, 1)), View(zoom=9, event_ms=middle)))[1]
    sides = [r["after"] for r in rows]
    assert len({r["flight"] for r in rows}) == len(many.flight)
    turns = sum(a != b for a, b in itertools.pairwise(sides))
    assert turns > 0.3 * len(sides)  # half of it were chance; by time there would be one


def drawn_often(drawn: Tracks, times: int) -> Tracks:
    """The same tracks on other days."""
    n, day = len(drawn.flight), 86_400_000
    path = np.concatenate([drawn.path + i * n for i in range(times)]).astype(np.int32)
    first = np.concatenate([drawn.first_ms + i * day for i in range(times)])
    names = tuple(f"{f}-{i}" for i in range(times) for f in drawn.flight)
    return Tracks(
        np.tile(drawn.lon, times), np.tile(drawn.lat, times), path, np.tile(drawn.level, times), names, first
    )


def test_the_address_answers_and_refuses(made: Path) -> None:
    app = make_app(made / "out", made / "case.toml", port=PORT)
    ask = TestClient(app, base_url=f"http://127.0.0.1:{PORT}")
    got = ask.get("/tracks.arrow?from=2024-12-08&to=2024-12-08&bbox=-10,40,20,60&zoom=4")
    assert got.headers["content-type"] == "application/vnd.apache.arrow.stream"
    assert "pick;dur=" in got.headers["server-timing"]
    assert pa.ipc.open_stream(io.BytesIO(got.content)).read_all().num_rows == 3
    for bad in ("bbox=1,2,3", "bbox=5,0,1,9", "zoom=near", "bbox=nan,0,1,1", "from=soon"):
        assert ask.get(f"/tracks.arrow?{bad}").status_code == 400, bad
    assert ask.get("/tracks.arrow", headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_a_result_whose_archive_is_gone_says_so(made: Path, tmp_path: Path) -> None:
    from waystation.store.manifest import read_manifest, write_manifest
    from waystation.store.tables import read_tables, write_tables

    write_tables(tmp_path, read_tables(made / "out"))
    write_manifest(tmp_path, read_manifest(made / "out") | {"archive": None})
    ask = TestClient(make_app(tmp_path, port=PORT), base_url=f"http://127.0.0.1:{PORT}")
    got = ask.get("/tracks.arrow")
    assert got.status_code == 400
    assert "--archive" in got.json()["error"]
