"""One file from a server that is slow, cut off, busy, changed, or not to be believed."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
import servers_for_tests as sv
from servers_for_tests import Page, Server, put_trace, serving, trace_path

from waystation.store.fetch_file import Fetcher
from waystation.store.fetch_http import Client
from waystation.store.fetch_pace import Pace, Stopped
from waystation.store.fetch_partial import PARTIAL, Partial
from waystation.store.fetch_sources import site_at, trace_wants

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from waystation.store.fetch_rules import FetchRules, Outcome, Wanted

DAY = date(2024, 12, 26)
ICAO = "154076"


def want(server: Server, icao: str = ICAO, day: date = DAY) -> Wanted:
    return trace_wants(site_at(server.url, "made"), [icao], [day])[0]


def get(raw: Path, wanted: Wanted, rules: FetchRules, stop: threading.Event | None = None) -> Outcome:
    client = Client(rules)
    try:
        return Fetcher(raw, client, Pace(rules, stop or threading.Event()), rules).fetch(wanted)
    finally:
        client.close()


def begin(raw: Path, server: Server, rules: FetchRules, size: int) -> None:
    """An earlier run: it got so many bytes, then the server went down."""
    server.moods[trace_path(ICAO, DAY)] = [sv.cut(size), sv.status(503)]
    assert get(raw, want(server), replace(rules, max_tries=1)).outcome == "failed"
    assert Partial(raw, want(server).url).size == size


def left_over(raw: Path) -> list[str]:
    return sorted(p.name for p in (raw / PARTIAL).glob("*"))


def test_a_file_comes_whole_hashed_and_as_the_server_keeps_it(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    page = put_trace(server, ICAO, DAY)
    got = get(tmp_path, want(server), quick)
    target = tmp_path / "made/globe_history/2024/12/26/traces/76/trace_full_154076.json"
    assert (got.outcome, got.tries) == ("fetched", 1)
    assert target.read_bytes() == page.body
    assert got.sha256 == hashlib.sha256(page.body).hexdigest()
    assert got.etag == page.etag
    assert left_over(tmp_path) == []


def test_a_cut_file_goes_on_where_it_stopped(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    page = put_trace(server, ICAO, DAY)
    server.moods[trace_path(ICAO, DAY)] = [sv.cut(100), sv.cut(57)]
    got = get(tmp_path, want(server), quick)
    assert (got.outcome, got.tries) == ("fetched", 3)
    assert (tmp_path / want(server).path).read_bytes() == page.body
    assert [h.get("Range") for _, h in server.asked] == [None, "bytes=100-", "bytes=157-"]
    assert [h.get("If-Range") for _, h in server.asked] == [None, page.etag, page.etag]


def test_a_line_that_breaks_again_and_again_gets_there_while_it_brings_something(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    page = put_trace(server, ICAO, DAY)
    server.moods[trace_path(ICAO, DAY)] = [sv.cut(30)] * 12
    got = get(tmp_path, want(server), replace(quick, max_tries=2))
    assert (got.outcome, got.tries) == ("fetched", 13)
    assert (tmp_path / want(server).path).read_bytes() == page.body


def test_a_line_that_breaks_at_the_same_place_is_given_up(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    put_trace(server, ICAO, DAY).ranges = False
    server.moods[trace_path(ICAO, DAY)] = [sv.cut(30)] * 99
    got = get(tmp_path, want(server), quick)
    assert (got.outcome, got.tries) == ("failed", 1 + quick.max_tries)
    assert "cut off after 30 of" in got.note


def test_a_later_run_goes_on_where_an_earlier_one_was_cut(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    page = put_trace(server, ICAO, DAY)
    begin(tmp_path, server, quick, 200)
    assert len(left_over(tmp_path)) == 2
    assert get(tmp_path, want(server), quick).outcome == "fetched"
    assert server.asked[-1][1]["Range"] == "bytes=200-"
    assert (tmp_path / want(server).path).read_bytes() == page.body


def test_a_file_that_changed_meanwhile_is_begun_anew(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    put_trace(server, ICAO, DAY, records=20)
    begin(tmp_path, server, quick, 300)
    page = put_trace(server, ICAO, DAY, records=30)
    got = get(tmp_path, want(server), quick)
    assert (got.outcome, got.etag) == ("fetched", page.etag)
    assert (tmp_path / want(server).path).read_bytes() == page.body


def test_a_server_that_ignores_if_range_is_seen_through(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    put_trace(server, ICAO, DAY, records=20)
    begin(tmp_path, server, quick, 300)
    page = put_trace(server, ICAO, DAY, records=30)
    server.moods[trace_path(ICAO, DAY)] = [sv.ignoring_if_range]
    got = get(tmp_path, want(server), quick)
    assert (got.outcome, got.tries) == ("fetched", 2)
    assert (tmp_path / want(server).path).read_bytes() == page.body


@pytest.mark.parametrize("mood", [sv.ignoring_if_range, sv.from_the_beginning])
def test_two_versions_of_one_length_are_not_pieced_together(
    tmp_path: Path, server: Server, quick: FetchRules, mood: Callable[[sv.Handler], None]
) -> None:
    old, new = (b'{"icao": "154076", "trace": [%s]}' % b",".join([digit] * 400) for digit in (b"1", b"2"))
    server.files[trace_path(ICAO, DAY)] = Page(old)
    begin(tmp_path, server, quick, 300)
    server.files[trace_path(ICAO, DAY)] = Page(new)
    server.moods[trace_path(ICAO, DAY)] = [mood]
    assert get(tmp_path, want(server), quick).tries == 2
    assert (tmp_path / want(server).path).read_bytes() == new


def test_a_part_from_another_place_is_not_put_behind(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    body = b'{"icao": "154076", "trace": [%s]}' % b",".join([b"1"] * 400)
    server.files[trace_path(ICAO, DAY)] = Page(body)
    begin(tmp_path, server, quick, 300)
    server.moods[trace_path(ICAO, DAY)] = [sv.from_the_beginning]
    assert get(tmp_path, want(server), quick).tries == 2
    assert server.asked[-1][1].get("Range") is None  # what was there is thrown away at the first doubt
    assert (tmp_path / want(server).path).read_bytes() == body


def test_a_file_that_became_shorter_is_begun_anew(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    put_trace(server, ICAO, DAY, records=200).etag = '"same"'
    begin(tmp_path, server, quick, 3000)
    page = put_trace(server, ICAO, DAY, records=20)
    page.etag = '"same"'  # a server whose ETags cannot be trusted
    assert len(page.body) < 3000
    assert get(tmp_path, want(server), quick).outcome == "fetched"
    assert (tmp_path / want(server).path).read_bytes() == page.body


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_strong_mark_of_the_version_nothing_is_pieced_together(
    tmp_path: Path, server: Server, quick: FetchRules, etag: str | None
) -> None:
    page = put_trace(server, ICAO, DAY)
    page.etag = etag
    server.moods[trace_path(ICAO, DAY)] = [sv.cut(100)]
    assert get(tmp_path, want(server), quick).outcome == "fetched"
    assert [h.get("Range") for _, h in server.asked] == [None, None]


def test_a_date_of_change_will_do_for_a_mark(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    page = put_trace(server, ICAO, DAY)
    page.etag, page.modified = "", "Thu, 26 Dec 2024 23:59:59 GMT"
    server.moods[trace_path(ICAO, DAY)] = [sv.cut(100)]
    assert get(tmp_path, want(server), quick).outcome == "fetched"
    assert server.asked[-1][1]["If-Range"] == page.modified


def test_a_server_without_ranges_sends_it_all_again(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    page = put_trace(server, ICAO, DAY)
    page.ranges = False
    server.moods[trace_path(ICAO, DAY)] = [sv.cut(100)]
    assert get(tmp_path, want(server), quick).outcome == "fetched"
    assert (tmp_path / want(server).path).read_bytes() == page.body


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504, 521])
def test_a_server_in_trouble_is_asked_again(
    tmp_path: Path, server: Server, quick: FetchRules, code: int
) -> None:
    put_trace(server, ICAO, DAY)
    server.moods[trace_path(ICAO, DAY)] = [sv.status(code)] * 3
    got = get(tmp_path, want(server), quick)
    assert (got.outcome, got.tries) == ("fetched", 4)


def test_but_not_for_ever(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    server.moods["*"] = [sv.status(503)] * 99
    got = get(tmp_path, want(server), quick)
    assert (got.outcome, got.status, got.tries) == ("failed", 503, quick.max_tries)
    assert "503" in got.note
    assert len(server.asked) == quick.max_tries


def test_waits_grow_and_differ(quick: FetchRules) -> None:
    pace = Pace(replace(quick, first_wait_s=1.0, longest_wait_s=10.0), threading.Event())
    slept: list[float] = []
    pace.sleep = slept.append  # type: ignore[method-assign]
    for tries in (1, 2, 3, 4, 5, 6, 6, 6):
        pace.back_off(tries)
    for waited, longest in zip(slept, (1, 2, 4, 8, 10, 10, 10, 10), strict=True):
        assert longest / 2 <= waited <= longest
    assert len(set(slept[5:])) == 3


@pytest.mark.parametrize("form", ["seconds", "date", "opensky"])
def test_the_pause_that_a_server_asks_for_is_kept(
    tmp_path: Path, server: Server, quick: FetchRules, form: str
) -> None:
    put_trace(server, ICAO, DAY)
    at = datetime.now(UTC) + timedelta(seconds=2)
    header = {
        "seconds": {"retry_after": "1"},
        "date": {"retry_after": format_datetime(at, usegmt=True)},
        "opensky": {"X_Rate_Limit_Retry_After_Seconds": "1"},
    }[form]
    server.moods[trace_path(ICAO, DAY)] = [sv.status(429, **header)]
    began = time.monotonic()
    assert get(tmp_path, want(server), quick).outcome == "fetched"
    assert time.monotonic() - began > 0.9


def test_a_pause_of_hours_ends_the_attempt_and_says_until_when(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    server.moods["*"] = [sv.status(429, retry_after="16841")]
    got = get(tmp_path, want(server), quick)
    assert (got.outcome, got.tries) == ("failed", 1)
    assert f"{datetime.now(UTC) + timedelta(seconds=16841):%Y-%m-%d %H:}" in got.note


def test_what_an_old_day_does_not_have_is_no_data(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    got = get(tmp_path, want(server), quick)
    assert (got.outcome, got.status, got.tries) == ("no-data", 404, 1)


def test_what_a_recent_day_does_not_have_is_not_there_yet(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    assert get(tmp_path, want(server, day=yesterday), quick).outcome == "not-yet"


@pytest.mark.parametrize("code", [401, 403, 451])
def test_a_refusal_is_neither_no_data_nor_asked_again_and_again(
    tmp_path: Path, server: Server, quick: FetchRules, code: int
) -> None:
    server.moods["*"] = [sv.status(code)]
    got = get(tmp_path, want(server), quick)
    assert (got.outcome, got.status, len(server.asked)) == ("refused", code, 1)


def test_a_403_that_means_too_many_is_a_pause(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    put_trace(server, ICAO, DAY)
    soon = str(int(time.time()) + 1)
    busy = sv.status(403, x_ratelimit_remaining="0", x_ratelimit_reset=soon)
    server.moods[trace_path(ICAO, DAY)] = [busy]
    assert get(tmp_path, want(server), quick).outcome == "fetched"


@pytest.mark.parametrize("mood", [sv.html, sv.hidden_html])
def test_a_web_page_with_status_200_is_refused(
    tmp_path: Path, server: Server, quick: FetchRules, mood: object
) -> None:
    server.moods["*"] = [mood] * 9  # type: ignore[list-item]
    got = get(tmp_path, want(server), quick)
    assert got.outcome == "failed"
    assert "a web page" in got.note
    assert len(server.asked) == quick.max_bad
    assert left_over(tmp_path) == []
    assert not (tmp_path / want(server).path).exists()


def test_a_web_page_once_is_an_accident(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    put_trace(server, ICAO, DAY)
    server.moods[trace_path(ICAO, DAY)] = [sv.html]
    assert get(tmp_path, want(server), quick).outcome == "fetched"


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (Page(b'{"icao": "154076", "trace": []}', kind="image/png"), "image/png"),
        (Page(b'{"icao": "154076", "trace": []}', headers={"Content-Encoding": "br"}), "encoding br"),
        (Page(b'{"icao": "abcdef", "trace": []}'), "the trace of 'abcdef', not of 154076"),
        (Page(b'{"error": "not found"}'), "JSON without a trace"),
        (Page(b"[1, 2"), "no JSON"),
        (Page(b""), "an empty file"),
        (Page(b"\x1f\x8b\x08\x00not gzip at all"), "gzip that breaks"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_no_trace_of_that_aircraft_is_refused(
    tmp_path: Path, server: Server, quick: FetchRules, page: Page, words: str
) -> None:
    server.files[trace_path(ICAO, DAY)] = page
    got = get(tmp_path, want(server), quick)
    assert got.outcome == "failed"
    assert words in got.note
    assert not (tmp_path / want(server).path).exists()


def test_too_short_a_length_is_caught_by_the_content(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    page = put_trace(server, ICAO, DAY)
    server.moods["*"] = [sv.lie(len(page.body) - 50)] * 9
    server.moods[trace_path(ICAO, DAY)] = [sv.lie(len(page.body) - 50)] * 9
    got = get(tmp_path, want(server), quick)
    assert got.outcome == "failed"
    assert "gzip that breaks off" in got.note
    assert not (tmp_path / want(server).path).exists()


def test_too_long_a_length_is_caught_by_the_end(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    page = put_trace(server, ICAO, DAY)
    server.moods[trace_path(ICAO, DAY)] = [sv.lie(len(page.body) + 50)] * 99
    got = get(tmp_path, want(server), quick)
    assert got.outcome == "failed"
    assert f"of {len(page.body) + 50} bytes" in got.note
    assert not (tmp_path / want(server).path).exists()


def test_a_body_without_a_length_is_judged_by_its_content(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    page = put_trace(server, ICAO, DAY)
    server.moods[trace_path(ICAO, DAY)] = [sv.without_length]
    assert get(tmp_path, want(server), quick).outcome == "fetched"
    assert (tmp_path / want(server).path).read_bytes() == page.body


def test_a_length_and_a_hash_told_beforehand_are_held_against_the_file(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    page = put_trace(server, ICAO, DAY)
    wrong = replace(want(server), size=len(page.body) + 1)
    assert "the list of files says" in get(tmp_path, wrong, quick).note
    wrong = replace(want(server), sha256="0" * 64)
    assert "SHA-256" in get(tmp_path, wrong, quick).note
    right = replace(want(server), size=len(page.body), sha256=hashlib.sha256(page.body).hexdigest())
    assert get(tmp_path, right, quick).outcome == "fetched"


def test_a_slow_server_is_waited_for(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    page = put_trace(server, ICAO, DAY)
    page.piece, page.pause_s = 100, 0.02
    assert get(tmp_path, want(server), quick).outcome == "fetched"


def test_a_line_that_drips_is_dropped_and_taken_up_again(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    page = put_trace(server, ICAO, DAY, records=100)
    page.piece, page.pause_s = 50, 0.02  # 2,500 bytes a second
    rules = replace(quick, slow_for_s=0.2, slowest_bytes_s=10_000.0, max_tries=4)
    got = get(tmp_path, want(server), rules)
    starts = [int(h.get("Range", "bytes=0-")[6:-1]) for _, h in server.asked]
    assert len(starts) > 1
    assert starts == sorted(set(starts))  # each try begins where the last one stopped
    assert got.outcome == "fetched"


def test_a_server_that_says_nothing_is_given_up(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    server.moods["*"] = [sv.hang(0.5)] * 9
    got = get(tmp_path, want(server), replace(quick, patience_s=0.1, max_tries=2))
    assert got.outcome == "failed"
    assert "no answer in time" in got.note


def test_nobody_there_is_a_failure_with_the_reason(tmp_path: Path, quick: FetchRules) -> None:
    with serving() as gone:
        wanted = want(gone)
    got = get(tmp_path, wanted, replace(quick, max_tries=2))
    assert got.outcome == "failed"
    assert got.note.startswith("nobody answers at that address (")


def test_redirects_are_followed_with_their_range(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    page = put_trace(server, ICAO, DAY)
    server.files["/elsewhere"] = page
    server.moods[trace_path(ICAO, DAY)] = [sv.redirect("/elsewhere"), sv.redirect("/elsewhere", 307)]
    server.moods["/elsewhere"] = [sv.cut(100)]
    assert get(tmp_path, want(server), quick).outcome == "fetched"
    assert server.asked[-1][0] == "/elsewhere"
    assert server.asked[-1][1]["Range"] == "bytes=100-"
    assert (tmp_path / want(server).path).read_bytes() == page.body


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/x", "//user:pass@127.0.0.1/x", "LOOP"])
def test_redirects_to_strange_places_or_in_circles_are_not_followed(
    tmp_path: Path, server: Server, quick: FetchRules, to: str
) -> None:
    server.moods["*"] = [sv.redirect("/again" if to == "LOOP" else to)] * 99
    got = get(tmp_path, want(server), quick)
    assert got.outcome == "failed"
    assert "redirect" in got.note or "no address" in got.note


def test_credentials_stay_with_their_host(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    page = put_trace(server, ICAO, DAY)
    with serving() as other:
        other.files["/there"] = page
        server.moods[trace_path(ICAO, DAY)] = [sv.redirect(f"{other.url}/there")]
        client = Client(quick)
        fetcher = Fetcher(
            tmp_path,
            client,
            Pace(quick, threading.Event()),
            quick,
            lambda _c: {"Authorization": "Bearer secret"},
        )
        assert fetcher.fetch(want(server)).outcome == "fetched"
        client.close()
        assert server.asked[0][1]["Authorization"] == "Bearer secret"
        assert "Authorization" not in other.asked[0][1]


@pytest.mark.parametrize("path", ["../out", "/etc/out", "a/../../out", ".partial/x", "."])
def test_no_file_goes_out_of_the_folder(tmp_path: Path, server: Server, quick: FetchRules, path: str) -> None:
    put_trace(server, ICAO, DAY)
    raw = tmp_path / "raw"
    raw.mkdir()
    got = get(raw, replace(want(server), path=path), quick)
    assert got.outcome == "failed"
    assert "leads out" in got.note
    assert server.asked == []
    assert [p.name for p in tmp_path.iterdir()] == ["raw"]


def test_nor_through_a_link(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    put_trace(server, ICAO, DAY)
    raw, outside = tmp_path / "raw", tmp_path / "outside"
    raw.mkdir()
    outside.mkdir()
    (raw / "made").symlink_to(outside)
    assert "leads out" in get(raw, want(server), quick).note
    assert list(outside.iterdir()) == []


def test_a_stop_leaves_the_bytes_that_came(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    page = put_trace(server, ICAO, DAY, records=100)
    page.piece, page.pause_s = 200, 0.02
    stop = threading.Event()
    threading.Timer(0.15, stop.set).start()
    with pytest.raises(Stopped):
        get(tmp_path, want(server), quick, stop)
    partial = Partial(tmp_path, want(server).url)
    assert 0 < partial.size < len(page.body)
    assert page.body.startswith(partial.path.read_bytes())


def test_bytes_of_an_unknown_version_are_thrown_away(
    tmp_path: Path, server: Server, quick: FetchRules
) -> None:
    page = put_trace(server, ICAO, DAY)
    partial = Partial(tmp_path, want(server).url)
    partial.path.parent.mkdir(parents=True)
    partial.path.write_bytes(b"of something else")
    assert get(tmp_path, want(server), quick).outcome == "fetched"
    assert (tmp_path / want(server).path).read_bytes() == page.body


def test_a_whole_partial_file_needs_no_request(tmp_path: Path, server: Server, quick: FetchRules) -> None:
    page = put_trace(server, ICAO, DAY)
    partial = Partial(tmp_path, want(server).url)
    partial.begin({"etag": page.etag or "", "content-length": str(len(page.body))})
    partial.path.write_bytes(page.body)
    assert get(tmp_path, want(server), quick).outcome == "fetched"
    assert server.asked == []
