"""OpenSky's history through pyopensky: tested with one that behaves like it, and held against it where it is."""

from __future__ import annotations

import importlib
import inspect
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from waystation.cli import main
from waystation.store import fetch_orders, fetch_trino
from waystation.store.archive import read_archive_table, read_positions
from waystation.store.fetch_trino import COLUMNS, connect

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]
DAY = datetime(2024, 12, 26, tzinfo=UTC)


def vectors(icao24: str, begin: datetime, rows: int = 30) -> list[dict[str, Any]]:
    """Rows as the table state_vectors_data4 has them: metres, m/s, a place that may be missing."""
    return [
        {"time": begin + timedelta(seconds=10 * i), "icao24": icao24, "lat": 30.0 + i / 100 if i != 7 else None, "lon": 20.0, "velocity": 200.0, "heading": 0.0, "vertrate": 5.08, "callsign": "RFF7052", "onground": False, "squawk": "1000", "baroaltitude": 3048.0, "geoaltitude": 3078.48, "lastposupdate": 1.0, "lastcontact": 1.0}
        for i in range(rows)
    ]  # fmt: skip


class Frame:
    """A data frame, as far as Arrow sees: pandas hands out its columns in the same way."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._table = pa.Table.from_pylist(rows)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


class Database:
    """Like ``pyopensky.trino.Trino``: None where nothing fits, all columns unless some are named."""

    def __init__(self, *rows: list[dict[str, Any]]) -> None:
        self.rows = [r for some in rows for r in some]
        self.asked: list[tuple[datetime, datetime, list[str]]] = []
        self.moods: list[Exception | None] = []

    def history(self, start, stop, *, icao24, cached, selected_columns):
        assert cached is False, "its cache would answer for a server that has more by now"
        self.asked.append((start, stop, icao24))
        if self.moods and (trouble := self.moods.pop(0)) is not None:
            raise trouble
        found = [r for r in self.rows if start <= r["time"] <= stop and r["icao24"] in icao24]
        return Frame([{c: r[c] for c in selected_columns} for r in found[::-1]]) if found else None


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    made = Database(
        vectors("154076", DAY + timedelta(hours=23, minutes=58)),
        vectors("15d3c1", DAY + timedelta(hours=3)),
        vectors("abcdef", DAY + timedelta(hours=3)),
    )
    monkeypatch.setattr(fetch_orders, "connect", lambda: made)
    return made


def ask(archive: Path, *more: str) -> int:
    return main(["fetch", "opensky-history", "--icao24", "154076", "15d3c1", "--from", "2024-12-26",
                 "--to", "2024-12-27", "--archive", str(archive), "--delay-s", "0", *more])  # fmt: skip


def test_a_fleet_and_nobody_else_becomes_positions(
    tmp_path: Path, database: Database, capsys: Capture
) -> None:
    assert ask(tmp_path) == 0
    out = capsys.readouterr().out
    assert "3 fetched, 1 not there" in out
    assert [a[2] for a in database.asked] == [["154076", "15d3c1"]] * 2, "one question a day for all"
    assert database.asked[0][:2] == (DAY, DAY + timedelta(days=1, seconds=-1))
    rows = read_positions(tmp_path).to_pylist()
    assert {r["icao24"] for r in rows} == {"154076", "15d3c1"}
    assert len(rows) == 58, "two rows had no place"
    assert (rows[0]["altitude_ft"], rows[0]["geometric_altitude_ft"], rows[0]["vertical_rate_fpm"]) == (
        10_000,
        10_100,
        1_000,
    )
    assert rows[0]["ground_speed_kt"] == pytest.approx(388.8, abs=0.1)
    sources = read_archive_table(tmp_path, "sources").to_pylist()
    assert {s["network"] for s in sources} == {"opensky"}
    assert all("research" in s["licence"] for s in sources)
    midnight = tmp_path / "raw/opensky/history/2024/12/27/154076.parquet"
    assert pq.read_table(midnight)["time"].to_pylist()[0] == DAY + timedelta(days=1), "each second once"


def test_the_same_question_is_not_put_twice_and_gives_the_same_bytes(
    tmp_path: Path, database: Database
) -> None:
    assert ask(tmp_path / "a") == 0
    before = {p.relative_to(tmp_path / "a"): p.read_bytes() for p in (tmp_path / "a/raw").rglob("*.parquet")}
    database.asked.clear()
    assert ask(tmp_path / "a") == 0
    assert database.asked == []
    database.rows.reverse()
    assert ask(tmp_path / "b") == 0
    assert before == {
        p.relative_to(tmp_path / "b"): p.read_bytes() for p in (tmp_path / "b/raw").rglob("*.parquet")
    }


def test_a_day_that_failed_is_asked_for_again(tmp_path: Path, database: Database, capsys: Capture) -> None:
    database.moods = [RuntimeError("QUERY_QUEUE_FULL: too many queries"), None]
    assert ask(tmp_path) == 1
    said = capsys.readouterr()
    assert "QUERY_QUEUE_FULL" in said.err
    assert "run the same command again" in said.err
    database.asked.clear()
    assert ask(tmp_path) == 0
    assert [a[0] for a in database.asked] == [DAY], "the other day was there"
    assert len(set(read_positions(tmp_path)["icao24"].to_pylist())) == 2


def test_a_refusal_ends_the_run_at_once(tmp_path: Path, database: Database, capsys: Capture) -> None:
    database.moods = [PermissionError("Access Denied: Cannot select from table state_vectors_data4")] * 9
    assert ask(tmp_path) == 1
    assert len(database.asked) == 1
    assert "gave up: trino.opensky-network.org: PermissionError: Access Denied" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "words"),
    [({"icao24": "abcdef"}, "abcdef, not asked for"), ({"time": DAY - timedelta(days=3)}, "not asked for")],
)
def test_an_answer_to_another_question_is_not_kept(
    tmp_path: Path, database: Database, capsys: Capture, change: dict[str, Any], words: str
) -> None:
    honest = database.history
    wrong = [{**r, **change} for r in vectors("154076", DAY)]
    database.history = lambda *a, **k: Frame(wrong) if honest(*a, **k) else None  # type: ignore[method-assign]
    assert ask(tmp_path) == 1
    assert words in capsys.readouterr().err
    assert not list((tmp_path / "raw").rglob("*.parquet"))


def test_without_the_package_the_message_says_how_to_get_it(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyopensky.trino", None)
    assert ask(tmp_path) == 2
    err = capsys.readouterr().err
    assert "pip install 'waystation[opensky]'" in err
    assert "waystation ingest TABLE.parquet" in err
    assert not (tmp_path / "raw/opensky").exists()


def test_a_dry_run_connects_to_nobody(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_orders, "connect", lambda: pytest.fail("connected"))
    assert ask(tmp_path / "a", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "4 files to ask for (0 known before), at most about 2.0 MB" in out
    assert "OPENSKY_USERNAME" in out


def test_a_mirror_makes_no_sense(tmp_path: Path, capsys: Capture) -> None:
    assert ask(tmp_path, "--base-url", "https://example.org") == 2
    assert "--base-url does not go with opensky-history" in capsys.readouterr().err


def test_the_real_package_takes_what_is_asked_of_it() -> None:
    pytest.importorskip("pyopensky", reason="an extra: pip install 'waystation[opensky]'")
    history = inspect.signature(type(connect()).history).parameters
    assert {"icao24", "cached", "selected_columns"} <= history.keys()
    schema = importlib.import_module("pyopensky.schema").StateVectorsData4
    assert set(COLUMNS) <= set(schema.__table__.columns.keys())
    assert fetch_trino.HOST in inspect.getsource(type(connect()))
