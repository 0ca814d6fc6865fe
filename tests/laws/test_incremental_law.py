"""Days added in any order, with kills, decisions of the cut and damage between: the same tables as at once."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from flown_for_tests import records, trace

from waystation import finding, gathering, pipeline, sweep_ends, sweep_work, sweeps
from waystation.store import index, kept
from waystation.store.atomic import TEMPORARY, write_atomic
from waystation.store.index import cache_folder
from waystation.store.reference import Reference

if TYPE_CHECKING:
    from pathlib import Path

DAY_S = 86_400.0
NAMES = ("flights", "ends", "candidates", "gaps", "masks", "coverage", "coverage_weeks", "aircraft")
Tables = dict[str, pa.Table]


class Killed(BaseException):
    """The process stops here."""


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four days: one aircraft flies on every day, one over midnight, one on the second and the last only."""
    made = []
    for day in range(4):
        folder = tmp_path_factory.mktemp(f"day{day}")
        t = day * DAY_S
        rows = records("LFPG", "EGLL", t + 3_600.0) + records("EGLL", "LFPG", t + 14_400.0)
        (folder / "a.json").write_bytes(trace("154076", rows, owned=day))
        late = records("LFPG", "EBBR", t + DAY_S - 1_500.0)
        (folder / "b.json").write_bytes(trace("3c4b26", late, r="D-ABYF", t="B748", ownOp="Lufthansa"))
        if day % 2:
            rows = records("LSZH", "EDDM", t + 600.0)[: 40 if day == 3 else None]
            (folder / "c.json").write_bytes(trace("4b1234", rows, r=None, t="A320", ownOp=None))
        made.append(folder)
    return made


def found(archive: Path) -> Tables:
    """Everything that a sweep tells of all aircraft of an archive."""
    got = pipeline.Gathered(archive, gathering.source_ids(archive))
    known = finding.known_of(got, Reference())
    return known | finding.find_flights(got, known["aircraft"], Reference(), sweeps.How(workers=1))


def add(day: Path, archive: Path) -> None:
    pipeline.gather([str(day)], archive, workers=1)


@pytest.fixture(scope="module")
def at_once(days: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """All days, no cache."""
    archive = tmp_path_factory.mktemp("once") / "archive"
    for day in days:
        add(day, archive)
    return found(archive)


def assert_same(one: Tables, two: Tables) -> None:
    for name in NAMES:
        assert one[name].equals(two[name]), name


@pytest.mark.parametrize("seed", range(3))
def test_any_order_with_kills_and_damage_gives_the_tables_of_a_run_at_once(
    days: list[Path], at_once: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = random.Random(seed)
    archive = tmp_path / "archive"
    order = dice.sample(days, len(days))
    for n, day in enumerate(order):
        add(day, archive)
        monkeypatch.setattr(sweeps, "BATCH_POSITIONS", dice.choice([1, 300, 100_000]))
        monkeypatch.setattr(sweep_ends, "GROUP_POSITIONS", dice.choice([1, 300, 100_000]))
        left = dice.randrange(8)

        def dying(path: Path, data: bytes, **how: bool) -> None:
            nonlocal left
            if left == 0:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.with_name(f"{path.name}.1{TEMPORARY}").write_bytes(data[: len(data) // 2])
                raise Killed
            left -= 1
            write_atomic(path, data, **how)

        for module in (kept, index):
            monkeypatch.setattr(module, "write_atomic", dying)
        try:
            found(archive)
        except Killed:
            pass
        finally:
            for module in (kept, index):
                monkeypatch.setattr(module, "write_atomic", write_atomic)
        index._LAST.of.clear()
        whole = [p for p in sorted(cache_folder(archive).rglob("*")) if p.is_file()]
        if whole and n % 2:
            hurt = dice.choice(whole)
            hurt.write_bytes(hurt.read_bytes()[:-9] + b"\0" * 5)
        if dice.random() < 0.2:
            shutil.rmtree(cache_folder(archive))
    assert_same(found(archive), at_once)
    index._LAST.of.clear()
    assert_same(found(archive), at_once)


def test_a_new_day_reads_only_the_aircraft_that_it_brings(
    days: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "archive"
    monkeypatch.setattr(sweeps, "BATCH_POSITIONS", 1)
    asked: list[str] = []

    def counted(task: object) -> sweep_work.Worked:
        asked.extend(task.picked.addresses)  # type: ignore[attr-defined]
        return sweep_work.work(task)  # type: ignore[arg-type]

    monkeypatch.setattr(sweeps, "work", counted)
    add(days[1], archive)
    found(archive)
    assert sorted(asked) == ["154076", "3c4b26", "4b1234"]
    asked.clear()
    add(days[2], archive)
    found(archive)
    assert sorted(asked) == ["154076", "3c4b26"]
    asked.clear()
    found(archive)
    assert asked == []


def test_ids_stay_when_a_day_is_appended_and_open_flights_are_closed(
    days: list[Path], tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    rows = records("LFPG", "LGAV", DAY_S - 3_600.0)
    halves = (rows[: len(rows) // 2], rows[len(rows) // 2 :])
    folders = []
    for n, half in enumerate(halves):
        folder = tmp_path / f"half{n}"
        folder.mkdir()
        (folder / "t.json").write_bytes(trace("154076", half))
        folders.append(folder)
    add(folders[0], archive)
    (before,) = found(archive)["flights"].to_pylist()
    assert before["destination"] is None or before["destination_ending"] != "seen"
    add(folders[1], archive)
    (after,) = found(archive)["flights"].to_pylist()
    assert after["flight_id"] == before["flight_id"]
    assert (after["destination"], after["destination_ending"]) == ("LGAV", "seen")


def test_airfields_are_kept_until_any_aircraft_brings_a_visit_more(
    days: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "archive"
    monkeypatch.setattr(sweeps, "BATCH_POSITIONS", 1)
    monkeypatch.setattr(sweep_ends, "GROUP_POSITIONS", 1)
    asked: list[str] = []
    done = sweep_ends.name_ends
    monkeypatch.setattr(sweep_ends, "name_ends", lambda task: (asked.append(task.name), done(task))[1])
    add(days[0], archive)
    first = found(archive)
    assert len(asked) == 2
    assert_same(found(archive), first)
    assert len(asked) == 2
    add(days[1], archive)
    found(archive)
    assert len(asked) == 5  # of the two aircraft again, and of the one that is new
    assert len(set(asked)) == 5


def test_a_fleet_that_grows_asks_only_for_its_new_aircraft(
    days: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "archive"
    for day in days[:2]:
        add(day, archive)
    got = pipeline.Gathered(archive, gathering.source_ids(archive))
    everybody = finding.known_of(got, Reference())["aircraft"]
    one = everybody.filter(pa.compute.equal(everybody["icao24"], "154076"))
    monkeypatch.setattr(sweeps, "BATCH_POSITIONS", 1)
    alone = finding.find_flights(got, one, Reference(), sweeps.How(workers=1))
    assert set(alone["flights"]["icao24"].to_pylist()) == {"154076"}
    asked: list[tuple[tuple[str, str], ...]] = []
    done = sweep_work.work
    monkeypatch.setattr(sweeps, "work", lambda task: (asked.extend(task.names), done(task))[1])
    whole = finding.find_flights(got, everybody, Reference(), sweeps.How(workers=1))
    assert all(not reception and flights for reception, flights in asked)
    assert len(asked) == 2
    assert whole["coverage"].equals(alone["coverage"])


def test_an_archive_that_cannot_be_written_to_is_read_all_the_same(
    days: list[Path], at_once: Tables, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    for day in days:
        add(day, archive)
    (archive / ".cache").write_text("not a folder")
    assert_same(found(archive), at_once)


def test_kept_results_are_bounded_and_those_in_use_stay(tmp_path: Path) -> None:
    for n in range(6):
        kept.write_kept(tmp_path, f"{n:02d}abc", bytes(100))
    assert kept.prune(tmp_path, ["00abc", "01abc"], 350) == 3
    assert {p.name for p in tmp_path.glob("??/*")} >= {"00abc", "01abc"}


def test_bytes_that_are_not_whole_are_not_there() -> None:
    table = pa.table({"x": [1, 2, 3]})
    data = kept.packed({"t": table})
    assert kept.packed({"t": table}) == data
    again = kept.unpacked(data)
    assert again is not None
    assert again["t"].equals(table)
    assert kept.unpacked(data, only=["u"]) == {}
    for cut in (0, 3, 11, 40, len(data) - 1):
        assert kept.unpacked(data[:cut]) is None
    assert kept.unpacked(data[:-1] + bytes([data[-1] ^ 1])) is None
