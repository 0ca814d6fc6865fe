"""docs/performance.md says what was measured: its tables are those that the results make."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from bench.pages import MARK, filled
from bench.speed.table import PAGE, TABLES, made, slope

ROOT = Path(__file__).resolve().parents[1]


def test_the_page_holds_the_tables_of_the_results():
    page = PAGE.read_text()
    assert filled(page, made()) == page, "run: python -m bench.speed.table --write"


def test_every_table_has_its_place():
    assert sorted(m[1] for m in MARK.findall(PAGE.read_text())) == sorted(TABLES)


def test_the_page_ends_with_what_it_gets_wrong():
    assert PAGE.read_text().rstrip().split("\n## ")[-1].startswith("What this gets wrong")


def test_twice_the_time_for_twice_the_positions_is_linear():
    assert abs(slope([(1e6, 2.0), (1e7, 20.0), (1e8, 200.0)]) - 1) < 1e-9
    assert slope([(1e6, 2.0)]) is None


def test_nothing_measured_is_said_as_such(tmp_path: Path):
    assert made(tmp_path)["ingest"] == "Not measured yet.\n"


def test_made_days_are_the_same_again_and_read_by_the_program(tmp_path: Path):
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}  # the kernels as they stand: compiling takes longer
    names = ["a", "b"]
    for name in names:
        args = ["-m", "bench.speed.day_tars", str(tmp_path), "--traces", "4", "--name", name, "--seed", "3"]
        subprocess.run([sys.executable, *args], check=True, cwd=ROOT, capture_output=True, env=environment)
    one, two = ((tmp_path / f"{n}.tar").read_bytes() for n in names)
    assert one == two

    from waystation.store.archive import read_positions
    from waystation.store.ingesting import ingest

    told = json.loads((tmp_path / "a.tar.json").read_text())
    summary = ingest([str(tmp_path / "a.tar")], tmp_path / "archive", workers=1)
    assert not summary.failed
    positions = read_positions(tmp_path / "archive")
    assert positions.num_rows >= 0.999 * told["positions"] > 1000
    assert len(positions.column("icao24").unique()) == told["traces"]
