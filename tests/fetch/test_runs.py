"""Many files: what is settled stays settled, the journal survives a kill, and the server is treated well."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import servers_for_tests as sv
from servers_for_tests import Server, put_trace, trace_path

from waystation.store.fetch_journal import Journal
from waystation.store.fetch_pace import Pace
from waystation.store.fetch_rules import FetchRules
from waystation.store.fetch_sources import days_between, estimate, site_at, trace_wants
from waystation.store.fetching import FetchSummary, fetch_all, raw_folder, unsettled
from waystation.store.layout import lock
from waystation.terms.errors import ArchiveError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from waystation.store.fetch_rules import Wanted

DAYS = [date(2024, 12, 26), date(2024, 12, 27)]
FLEET = ["154076", "15d3c1", "~2b1234"]


def wants(server: Server, fleet: list[str] = FLEET, days: list[date] = DAYS) -> list[Wanted]:
    return trace_wants(site_at(server.url, "made"), fleet, days)


def run(archive: Path, server: Server, rules: FetchRules, **more: object) -> FetchSummary:
    return fetch_all(wants(server), archive, Journal(archive), rules=rules, **more)  # type: ignore[arg-type]


def lines(archive: Path) -> list[dict]:
    return [json.loads(text) for text in (archive / "fetch.jsonl").read_text().splitlines()]


def test_a_second_run_asks_for_nothing(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    put_trace(server, "154076", DAYS[0])
    first = run(tmp_path, server, quick)
    assert first.outcomes == {"fetched": 1, "no-data": 5}
    assert len(server.asked) == 6
    second = run(tmp_path, server, quick)
    assert (second.outcomes, second.known, second.paths) == ({}, 6, first.paths)
    assert len(server.asked) == 6


def test_nothing_is_asked_for_but_the_fleet_and_the_days(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    for icao in (*FLEET, "abcdef"):
        put_trace(server, icao, DAYS[0])
    run(tmp_path, server, quick)
    asked = {p.replace("%7E", "~") for p in server.paths}
    assert asked == {trace_path(icao, day) for icao in FLEET for day in DAYS}
    assert trace_path("abcdef", DAYS[0]) not in asked


def test_the_journal_says_what_came_from_where(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    page = put_trace(server, "154076", DAYS[0])
    run(tmp_path, server, quick)
    (line,) = [x for x in lines(tmp_path) if x["outcome"] == "fetched"]
    assert line["url"] == server.url + trace_path("154076", DAYS[0])
    assert line["sha256"] == hashlib.sha256(page.body).hexdigest()
    assert (line["bytes"], line["network"], line["day"]) == (len(page.body), "made", "2024-12-26")
    assert (tmp_path / "raw" / line["path"]).read_bytes() == page.body
    absent = [x for x in lines(tmp_path) if x["outcome"] == "no-data"]
    assert {x["status"] for x in absent} == {404}


def test_again_asks_for_what_was_not_there(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    run(tmp_path, server, quick)
    put_trace(server, "154076", DAYS[0])
    assert run(tmp_path, server, quick).outcomes == {}
    assert run(tmp_path, server, quick, again=True).outcomes == {"fetched": 1, "no-data": 5}


def test_a_recent_day_is_asked_for_again_and_an_old_one_is_not(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    both = wants(server, ["154076"], [DAYS[0], yesterday])
    first = fetch_all(both, tmp_path, Journal(tmp_path), rules=quick)
    assert first.outcomes == {"no-data": 1, "not-yet": 1}
    server.asked.clear()
    put_trace(server, "154076", yesterday)
    assert fetch_all(both, tmp_path, Journal(tmp_path), rules=quick).outcomes == {"fetched": 1}
    assert server.paths == [trace_path("154076", yesterday)]


def test_a_file_that_was_deleted_or_cut_is_fetched_again(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    page = put_trace(server, "154076", DAYS[0])
    (path,) = run(tmp_path, server, quick).paths
    for damage in (path.unlink, lambda: path.write_bytes(page.body[:50])):
        damage()
        assert run(tmp_path, server, quick).outcomes == {"fetched": 1}
        assert path.read_bytes() == page.body


def test_a_file_in_its_place_without_a_line_is_judged_and_entered(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    page = put_trace(server, "154076", DAYS[0])
    put_trace(server, "15d3c1", DAYS[0])
    run(tmp_path, server, quick)
    (tmp_path / "fetch.jsonl").unlink()
    broken = raw_folder(tmp_path) / wants(server)[1].path
    broken.write_bytes(broken.read_bytes()[:40])
    server.asked.clear()
    summary = run(tmp_path, server, quick)
    assert summary.known == 1
    assert trace_path("154076", DAYS[0]) not in server.paths
    assert trace_path("15d3c1", DAYS[0]) in server.paths
    adopted = next(x for x in lines(tmp_path) if x.get("note"))
    assert adopted["sha256"] == hashlib.sha256(page.body).hexdigest()


def test_a_journal_cut_in_mid_line_is_read_and_written_on(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    put_trace(server, "154076", DAYS[0])
    run(tmp_path, server, replace(quick, connections=1))  # so that the last line is one of no data
    path = tmp_path / "fetch.jsonl"
    path.write_bytes(path.read_bytes()[:-30])
    assert run(tmp_path, server, quick).known == 5
    good = [x for x in path.read_text().splitlines() if x.endswith("}")]
    assert len({json.loads(x)["url"] for x in good}) == 6
    assert run(tmp_path, server, quick).known == 6


def test_no_more_connections_than_agreed(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    fleet = [f"{0x154000 + i:06x}" for i in range(24)]
    for icao in fleet:
        put_trace(server, icao, DAYS[0]).pause_s = 0.02
    fetch_all(
        wants(server, fleet, DAYS[:1]), tmp_path, Journal(tmp_path), rules=replace(quick, connections=3)
    )
    assert 2 <= server.busiest <= 3


def test_a_pause_between_two_requests_to_a_host(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    began = time.monotonic()
    run(tmp_path, server, replace(quick, delay_s=0.1))
    assert time.monotonic() - began >= 0.5  # six requests, five pauses


def test_one_answer_429_holds_back_everybody(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    times: list[float] = []

    def noted(h: sv.Handler) -> None:
        times.append(time.monotonic())
        sv.serve(h)

    server.moods["*"] = [sv.status(429, retry_after="1"), *[noted] * 9]
    began = time.monotonic()
    assert run(tmp_path, server, replace(quick, connections=1)).outcomes == {"no-data": 6}
    assert min(times) - began > 0.9


def test_a_host_that_refuses_and_refuses_is_left_in_peace(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    server.moods["*"] = [sv.status(403)] * 999
    fleet = [f"{0x154000 + i:06x}" for i in range(60)]
    summary = fetch_all(
        wants(server, fleet), tmp_path, Journal(tmp_path), rules=replace(quick, connections=2)
    )
    assert "refused 5 times in a row" in summary.stopped
    assert len(server.asked) < 12
    server.moods.clear()  # and nothing of it counts as no data
    assert fetch_all(wants(server, fleet), tmp_path, Journal(tmp_path), rules=quick).outcomes == {
        "no-data": 120
    }


def test_a_file_that_fails_does_not_stop_the_others(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    for icao in FLEET[:2]:
        put_trace(server, icao, DAYS[0])
    server.moods[trace_path("154076", DAYS[0])] = [sv.html] * 9
    summary = run(tmp_path, server, quick)
    assert summary.outcomes == {"failed": 1, "fetched": 1, "no-data": 4}
    (trouble,) = summary.troubles
    assert trace_path("154076", DAYS[0]) in trouble
    assert "web page" in trouble
    server.moods.clear()
    assert run(tmp_path, server, quick).outcomes == {"fetched": 1}


def test_days_without_any_file_are_named(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    put_trace(server, "154076", DAYS[0])
    assert run(tmp_path, server, quick).silent_days == (DAYS[1],)


def test_two_runs_at_once_into_one_folder_are_one_too_many(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    with lock(raw_folder(tmp_path)), pytest.raises(ArchiveError, match="wait for it"):
        run(tmp_path, server, quick)


def test_a_run_that_is_stopped_goes_on_later(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    pages = [put_trace(server, icao, day, records=600) for icao in FLEET[:2] for day in DAYS]
    for page in pages:
        page.piece, page.pause_s = 100, 0.02

    def interrupt(*_: int) -> None:
        if sum(p.stat().st_size for p in (tmp_path / "raw").rglob("*.part")):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, server, quick, progress=interrupt)
    for page in pages:
        page.pause_s = 0.0
    server.asked.clear()
    assert len(run(tmp_path, server, quick).paths) == 4
    assert any("Range" in headers for _, headers in server.asked)


def test_an_estimate_counts_what_is_left(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    journal = Journal(tmp_path)
    full = estimate(unsettled(wants(server), tmp_path, journal), quick)
    assert (full.files, full.bytes, full.exact) == (6, 600_000, False)
    run(tmp_path, server, quick)
    assert estimate(unsettled(wants(server), tmp_path, Journal(tmp_path)), quick).files == 0


def test_days_that_are_not_over_are_not_asked_for() -> None:
    now = datetime(2024, 12, 28, 5, 0, tzinfo=UTC)
    over, coming = days_between(date(2024, 12, 25), date(2024, 12, 28), now)
    assert (over[-1], coming[0]) == (date(2024, 12, 26), date(2024, 12, 27))  # the 27th is being written out
    over, _ = days_between(date(2024, 12, 25), date(2024, 12, 28), now + timedelta(hours=1))
    assert over[-1] == date(2024, 12, 27)


@pytest.mark.parametrize(
    ("url", "base", "network"),
    [
        ("https://globe.example.org/", "https://globe.example.org/globe_history", "globe.example.org"),
        ("http://pi:8080/tar1090/globe_history/", "http://pi:8080/tar1090/globe_history", "pi-8080"),
        ("https://EXAMPLE.org/..%2f", "https://EXAMPLE.org/..%2f/globe_history", "example.org"),
    ],
)
def test_any_site_can_be_named(url: str, base: str, network: str) -> None:
    site = site_at(url)
    assert (site.base, site.network) == (base, network)


@pytest.mark.parametrize("url", ["ftp://x/", "https://", "https://u:p@x/", "file:///etc", "http://x:99999/"])
def test_what_is_no_site_is_said_to_be_none(url: str) -> None:
    with pytest.raises(UsageError, match="no address of a server"):
        site_at(url)


def test_a_long_wait_is_told_once_whatever_the_number_of_threads() -> None:
    told: list[str] = []
    pace = Pace(FetchRules(), threading.Event(), told.append)
    for _ in range(4):
        pace.hold("example.org", 600.0)
    pace.hold("example.org", 3.0)
    pace.hold("other.org", 9.0)
    assert len(told) == 1
    assert told[0].startswith("example.org asks to wait 600 s; going on at ")
