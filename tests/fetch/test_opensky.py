"""OpenSky: credentials from the environment, a day a question, and the track of every flight it names."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import servers_for_tests as sv
from servers_for_tests import Page, Server

from waystation.cli import main
from waystation.store import fetch_opensky
from waystation.store.archive import read_archive_table, read_positions
from waystation.store.fetch_journal import Journal
from waystation.store.fetch_orders import Order, carry_out, ingest_inputs, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from waystation.store.fetch_rules import FetchRules
    from waystation.store.fetching import FetchSummary

DAY = datetime.now(UTC).date() - timedelta(days=5)
BEGIN = int(datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC).timestamp())
FLIGHTS = f"/api/flights/aircraft?icao24=154076&begin={BEGIN}&end={BEGIN + 86_399}"


def order(server: Server, source: str = "opensky") -> Order:
    return Order(source, ("154076",), (DAY,), f"{server.url}/api")


def run(archive: Path, server: Server, rules: FetchRules, source: str = "opensky") -> FetchSummary:
    journal = Journal(archive)
    return carry_out(
        prepare(order(server, source), archive, journal, rules=rules), archive, journal, rules=rules
    )


def put_flights(server: Server) -> list[str]:
    flights = [
        {"icao24": "154076", "firstSeen": BEGIN + h * 3600, "lastSeen": BEGIN + h * 3600 + 600}
        for h in (2, 9)
    ]
    server.files[FLIGHTS] = Page(json.dumps(flights).encode())
    tracks = [f"/api/tracks/all?icao24=154076&time={BEGIN + h * 3600 + 300}" for h in (2, 9)]
    for t in tracks:
        server.files[t] = Page(b'{"icao24": "154076", "path": []}')
    return tracks


def put_token(
    server: Server, monkeypatch: pytest.MonkeyPatch, answer: bytes = b'{"access_token": "abc"}'
) -> None:
    monkeypatch.setenv("OPENSKY_CLIENT_ID", "me")
    monkeypatch.setenv("OPENSKY_CLIENT_SECRET", "secret&=")
    server.files["/token"] = Page(answer)
    monkeypatch.setattr(fetch_opensky, "TOKEN_URL", f"{server.url}/token")
    monkeypatch.setattr(fetch_opensky.Credentials.__init__, "__defaults__", (f"{server.url}/token",))


def test_flights_first_then_the_track_of_each(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    tracks = put_flights(server)
    summary = run(tmp_path, server, quick)
    assert summary.outcomes == {"fetched": 3}
    assert server.paths[0] == FLIGHTS
    assert sorted(server.paths[1:]) == sorted(tracks)
    prepared = prepare(order(server), tmp_path, Journal(tmp_path), rules=quick)
    assert all("/tracks/" in i for i in ingest_inputs(prepared, summary, tmp_path))
    server.asked.clear()
    assert run(tmp_path, server, quick).known == 3
    assert server.asked == []


def test_a_token_is_fetched_once_and_sent(
    tmp_path: Path, server: Server, quick: FetchRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_flights(server)
    put_token(server, monkeypatch)
    assert run(tmp_path, server, quick).outcomes == {"fetched": 3}
    assert server.paths.count("/token") == 1
    assert all(h.get("Authorization") == "Bearer abc" for p, h in server.asked if p != "/token")


@pytest.mark.parametrize("answer", [b"{}", b"[]", b"<html>"])
def test_credentials_that_give_no_token_are_named_in_the_trouble(
    tmp_path: Path, server: Server, quick: FetchRules, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    put_token(server, monkeypatch, answer)
    summary = run(tmp_path, server, quick)
    assert "OPENSKY_CLIENT_SECRET" in summary.troubles[0]
    assert "secret&=" not in (tmp_path / "fetch.jsonl").read_text()


def test_a_secret_is_not_sent_on_through_a_redirect(
    tmp_path: Path, server: Server, quick: FetchRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_token(server, monkeypatch)
    server.moods["/token"] = [sv.redirect("/elsewhere")]
    assert "credentials" in run(tmp_path, server, quick).troubles[0]
    assert "/elsewhere" not in server.paths


def test_no_flights_is_no_data(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    assert run(tmp_path, server, quick).outcomes == {"no-data": 1}


def test_without_credentials_that_is_said_before(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    assert "OPENSKY_CLIENT_ID" in prepare(order(server), tmp_path, Journal(tmp_path), rules=quick).remarks[0]


def test_a_list_of_flights_that_is_none_gives_no_tracks(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    server.files[FLIGHTS] = Page(b'[{"firstSeen": null}]')
    assert run(tmp_path, server, quick).outcomes == {"fetched": 1}


def test_the_present_is_asked_for_anew_each_time(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    server.files["/api/states/all?icao24=154076&extended=1"] = Page(b'{"time": 1, "states": null}')
    summary = run(tmp_path, server, quick, "opensky-states")
    assert summary.outcomes == {"fetched": 1}
    (path,) = summary.paths
    assert path.is_relative_to(tmp_path / "raw/opensky/states")
    assert parse_qs(urlsplit(server.paths[0]).query)["icao24"] == ["154076"]


def test_a_track_becomes_positions(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    tracks = put_flights(server)
    steps = [[BEGIN + 7200 + i * 60, 35.4 + i / 100, 35.9, 1000, 45.0, False] for i in range(5)]
    document = {"icao24": "154076", "callsign": "RFF7052", "startTime": BEGIN, "endTime": BEGIN + 9000}
    for t in tracks:
        server.files[t] = Page(json.dumps({**document, "path": steps, "n": t}).encode())
    asked = ["fetch", "opensky", "--base-url", f"{server.url}/api", "--icao24", "154076", "--from", f"{DAY}"]
    assert main([*asked, "--archive", str(tmp_path)]) == 0
    assert read_positions(tmp_path).num_rows == 10
    assert set(read_archive_table(tmp_path, "sources")["network"].to_pylist()) == {"opensky"}
