"""The address of a file as an INPUT: fetched once, checked, kept under its address, hashed again by verify."""

from __future__ import annotations

import gzip
import io
import tarfile
from datetime import date
from typing import TYPE_CHECKING

import pytest
import servers_for_tests as sv
from servers_for_tests import Page, Server, put_trace, trace_path

from waystation.store.archive import read_archive_table
from waystation.store.ingesting import ingest
from waystation.store.inputs import iter_sources, read_sources
from waystation.store.web_inputs import web_file
from waystation.terms.errors import NetworkError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from waystation.store.fetch_rules import FetchRules

DAY = date(2024, 12, 26)
ICAO = "154076"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def url_of_trace(server: Server) -> str:
    put_trace(server, ICAO, DAY)
    return server.url + trace_path(ICAO, DAY)


def test_a_trace_behind_an_address_is_ingested_under_it_and_asked_for_once(
    tmp_path: Path, server: Server
) -> None:
    url = url_of_trace(server)
    ingest([url], tmp_path / "a")
    sources = read_archive_table(tmp_path / "a", "sources").to_pylist()
    assert [s["uri"] for s in sources] == [url]
    assert sources[0]["n_positions"] > 0
    server.files.clear()  # whatever the server has now, the same bytes are read again
    (again,) = read_sources([url])
    assert again.sha256 == sources[0]["sha256"]
    assert len(server.paths) == 1


def test_a_tar_behind_an_address_gives_its_members(server: Server) -> None:
    put_trace(server, ICAO, DAY)
    body = server.files[trace_path(ICAO, DAY)].body
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        info = tarfile.TarInfo("traces/76/trace_full_154076.json")
        info.size = len(body)
        tar.addfile(info, io.BytesIO(body))
    server.files["/day.tar?v=1"] = Page(held.getvalue(), kind="application/x-tar")
    (source,) = iter_sources([f"{server.url}/day.tar?v=1"])
    assert source.uri == f"{server.url}/day.tar?v=1!/traces/76/trace_full_154076.json"
    assert source.data == body


def test_formats_that_begin_as_xml_are_no_web_pages(server: Server) -> None:
    kml = b'<?xml version="1.0" encoding="UTF-8"?><kml></kml>'
    server.files["/t.kml"] = Page(kml, kind="application/vnd.google-earth.kml+xml")
    (source,) = iter_sources([f"{server.url}/t.kml"])
    assert source.data == kml


def test_what_comes_packed_for_the_way_is_still_read(server: Server) -> None:
    packed = gzip.compress(b"icao24,time_utc,lat,lon\n", mtime=0)
    server.files["/t.csv"] = Page(packed, kind="text/csv", headers={"Content-Encoding": "gzip"})
    (source,) = iter_sources([f"{server.url}/t.csv"])
    assert source.data == packed


def test_another_aircraft_than_asked_for_is_not_even_fetched(tmp_path: Path, server: Server) -> None:
    ingest([url_of_trace(server)], tmp_path / "a", icao24=frozenset({"780001"}))
    assert server.paths == []


def test_a_web_page_a_missing_file_and_a_closed_door_are_told_apart(
    server: Server, quick: FetchRules
) -> None:
    server.files["/login"] = Page(b"<!DOCTYPE html><html>log in</html>", kind="application/json")
    with pytest.raises(NetworkError, match="a web page instead of data"):
        web_file(f"{server.url}/login", quick)
    with pytest.raises(NetworkError, match=r"no such file \(404\)"):
        web_file(f"{server.url}/nothing.json", quick)
    server.moods["/closed.json"] = [sv.status(403)]
    with pytest.raises(NetworkError, match="refuses"):
        web_file(f"{server.url}/closed.json", quick)
    server.files["/nothing.json"] = Page(b"{}")
    assert web_file(f"{server.url}/nothing.json", quick).read_bytes() == b"{}"  # a 404 is not for ever


def test_one_part_of_a_split_tar_says_that_the_others_are_needed(server: Server) -> None:
    with pytest.raises(UsageError, match="download all parts"):
        list(iter_sources([f"{server.url}/v2024.12.08-planes-readsb-prod-0.tar.aa"]))
    assert server.paths == []


@pytest.mark.parametrize("path", ["/%2e%2e/%2e%2e/x", "/..", "/a/.hidden", "/", "/%00"])
def test_no_address_leads_out_of_the_cache(
    tmp_path: Path, server: Server, quick: FetchRules, path: str
) -> None:
    server.files[path] = Page(b"data")
    found = web_file(server.url + path, quick)
    assert found.resolve().is_relative_to((tmp_path / "cache/waystation/web/raw").resolve())
    assert found.read_bytes() == b"data"
