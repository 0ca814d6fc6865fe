"""Zips and KMZ: each member is a source, nothing is unpacked to disk, and no bomb goes off."""

from __future__ import annotations

import io
import random
import resource
import struct
import time
import zipfile
from typing import TYPE_CHECKING

import pytest
from bench.fuzz.samples import SAMPLES
from traces_for_tests import trace

from waystation.store.archive import read_archive_table, read_positions
from waystation.store.hashing import sha256
from waystation.store.ingesting import ingest
from waystation.store.inputs import iter_sources, read_sources
from waystation.store.zips import ZipRules, zip_sources

if TYPE_CHECKING:
    from pathlib import Path


def zipped(members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as z:
        for name, data in members.items():
            z.writestr(zipfile.ZipInfo(name, (2024, 12, 26, 0, 0, 0)), data, compress_type=how)
    return out.getvalue()


def said(data: bytes, limit: int = 1 << 29, **more) -> list[tuple[str, str]]:
    """Reason and text of everything refused; nothing else may have come."""
    found = list(zip_sources(data, "x.zip", limit, **more))
    assert all(s.refused for s in found)
    return [s.notes[0] for s in found]


def test_a_kmz_is_read_as_the_kml_in_it(tmp_path: Path) -> None:
    (tmp_path / "flight.kmz").write_bytes(zipped({"doc.kml": SAMPLES["kml"]}))
    (tmp_path / "flight.kml").write_bytes(SAMPLES["kml"] + b"\n")
    ingest([str(tmp_path)], tmp_path / "archive", workers=1)
    sources = {
        r["uri"].rpartition("/")[2]: r
        for r in read_archive_table(tmp_path / "archive", "sources").to_pylist()
    }
    assert sources["doc.kml"]["uri"] == f"{tmp_path}/flight.kmz!/doc.kml"
    assert sources["doc.kml"]["format"] == sources["flight.kml"]["format"] == "kml"
    assert sources["doc.kml"]["sha256"] == sha256(SAMPLES["kml"])
    rows = read_positions(tmp_path / "archive").to_pylist()
    places = {
        n: sorted(
            (r["time_utc"], r["lat"], r["lon"], r["altitude_ft"])
            for r in rows
            if r["source_id"] == s["source_id"]
        )
        for n, s in sources.items()
    }
    assert len(places["doc.kml"]) == 40
    assert places["doc.kml"] == places["flight.kml"]


def test_members_are_sources_that_are_found_again(tmp_path: Path) -> None:
    members = {"b/trace_full_154076.json": trace(), "a.gpx": SAMPLES["gpx"], "empty/": b""}
    path = tmp_path / "from a colleague.zip"
    path.write_bytes(zipped(members))
    found = list(iter_sources([str(tmp_path)]))
    assert [s.uri for s in found] == [f"{path}!/b/trace_full_154076.json", f"{path}!/a.gpx"]
    assert [s.data for s in read_sources([found[1].uri])] == [SAMPLES["gpx"]]
    assert [s.uri for s in iter_sources([str(path)], wanted=lambda u: u.endswith(("zip", "gpx")))] == [
        f"{path}!/a.gpx"
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name], "nothing is unpacked"


@pytest.mark.parametrize(
    "name", ["../out.kml", "/etc/out.kml", "a/../../out.kml", "..\\out.kml", "C:\\out.kml"]
)
def test_no_name_leads_out(name: str) -> None:
    ((reason, text),) = said(zipped({name: SAMPLES["kml"]}))
    assert reason == "unsafe-member"
    assert "leads out" in text


def test_a_bomb_is_stopped_before_it_fills_the_memory() -> None:
    data = zipped({"doc.kml": bytes(1 << 30)})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ((reason, text),) = said(data, limit=64 << 20)
    assert reason == "too-big"
    assert "more than 67108864 bytes" in text
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10


def test_many_members_share_one_allowance() -> None:
    data = zipped({f"{n}.kml": bytes(1 << 20) for n in range(20)})
    rules = ZipRules(ratio_from_bytes=5 << 20, max_ratio=1.0)
    found = list(zip_sources(data, "x.zip", 1 << 29, rules=rules))
    assert sum(len(s.data) for s in found) <= 5 << 20
    assert sum(s.refused for s in found) == 15


def test_members_that_overlap_are_a_bomb() -> None:
    data = bytearray(zipped({f"{n}.kml": random.Random(1).randbytes(5_000) for n in range(4)}))
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 42 : at + 46] = struct.pack("<L", 0)  # every member is the first
        data[at + 20 : at + 24] = struct.pack("<L", 20_000)
        at += 4
    assert said(bytes(data)) == [("too-big", "members of the zip overlap, as in a bomb; none was read")]


def test_a_long_list_of_members_is_not_read() -> None:
    data = zipped({f"{n}": b"" for n in range(2_000)})
    ((reason, text),) = said(data, rules=ZipRules(max_list_bytes=10_000))
    assert reason == "corrupt-gzip"
    assert "list of members has" in text


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        (
            zipped({"[Content_Types].xml": b"<x/>", "xl/a.xml": b"<x/>"}),
            "not-a-trace",
            "save the table as CSV",
        ),
        (zipped({}), "empty-trace", "without a file"),
        (zipped({"a.kml": b"x" * 999}, zipfile.ZIP_BZIP2), "corrupt-gzip", "rare in zips"),
        (zipped({"a.kml": b"x" * 999})[:-30], "corrupt-gzip", "cut off"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(data: bytes, reason: str, words: str) -> None:
    ((found, text),) = said(data)
    assert found == reason
    assert words in text


def test_a_flipped_bit_is_caught_by_the_zips_own_checksum() -> None:
    data = bytearray(zipped({"a.kml": SAMPLES["kml"]}, zipfile.ZIP_STORED))
    data[200] ^= 1
    ((reason, text),) = said(bytes(data))
    assert reason == "corrupt-gzip"
    assert "CRC" in text


def test_a_thousand_damaged_zips_are_answered() -> None:
    whole = zipped({"doc.kml": SAMPLES["kml"], "b/trace.json": trace()})
    dice = random.Random(8)
    began = time.monotonic()
    good = {SAMPLES["kml"], trace()}
    for _ in range(1_000):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 2, 20))):
            data[dice.randrange(len(data))] = dice.randrange(256)
        if dice.random() < 0.2:
            del data[dice.randrange(len(data)) :]
        found = list(zip_sources(bytes(data), "x.zip", 1 << 24))
        assert found
        assert all(s.refused or s.data in good for s in found), "nothing changed comes through"
    assert time.monotonic() - began < 30
