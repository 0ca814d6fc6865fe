"""How late a day came: from the server's own date, by the journal, to the row of the day."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from servers_for_tests import Page, Server, put_trace
from traces_for_tests import many, tar_of

from waystation.cli import main
from waystation.coverage import archive_days
from waystation.store.archive import read_archive_table
from waystation.store.published_times import with_published

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2024, 12, 26)


def known(archive: Path) -> dict[str, datetime | None]:
    table = with_published(read_archive_table(archive, "sources"), archive)
    return {r["uri"].rpartition("/")[2]: r["published_utc"] for r in table.to_pylist()}


def test_a_traces_date_comes_from_the_server(tmp_path: Path, server: Server, monkeypatch) -> None:
    put_trace(server, "154076", DAY).modified = "Fri, 27 Dec 2024 03:30:00 GMT"
    put_trace(server, "15d3c1", DAY).modified = "yesterday"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "case").mkdir()
    asked = ["fetch", server.url, "--icao24", "154076", "15d3c1", "--from", "2024-12-26", "--delay-s", "0"]
    assert main([*asked, "--archive", "case/../archive"]) == 0
    archive = tmp_path / "archive"
    assert known(archive) == {
        "trace_full_154076.json": datetime(2024, 12, 27, 3, 30, tzinfo=UTC),
        "trace_full_15d3c1.json": None,
    }
    (day,) = archive_days(with_published(read_archive_table(archive, "sources"), archive)).to_pylist()
    assert (day["lag_h"], day["reason"]) == (3.5, "watch-list")


def test_members_of_a_tar_have_that_of_its_first_part(tmp_path: Path, server: Server) -> None:
    tag = "v2024.12.26-planes-readsb-prod-0"
    tar = tar_of(many(4))
    path = f"/adsblol/globe_history_2024/releases/download/{tag}/{tag}.tar"
    server.files[path] = Page(tar, kind="application/octet-stream", modified="Sun, 19 Jan 2025 00:00:00 GMT")
    server.files[f"/repos/adsblol/globe_history_2024/releases/tags/{tag}"] = Page(
        json.dumps({"assets": [{"name": f"{tag}.tar", "size": len(tar)}]}).encode()
    )
    asked = ["fetch", "adsb.lol-days", "--from", "2024-12-26", "--base-url", server.url]
    assert main([*asked, "--archive", str(tmp_path)]) == 0
    assert set(known(tmp_path).values()) == {datetime(2025, 1, 19, tzinfo=UTC)}


def test_what_was_not_fetched_has_none(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(next(iter(many(1).values())))
    assert main(["ingest", str(tmp_path / "x.json"), "--archive", str(tmp_path / "a")]) == 0
    assert known(tmp_path / "a") == {"x.json": None}
