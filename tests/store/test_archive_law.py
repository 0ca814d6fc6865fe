"""Ingesting twice, or after a kill at any moment, gives the same archive."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from traces_for_tests import many, packed, tar_of, trace

from waystation.store import places
from waystation.store.archive import read_archive_table, read_positions
from waystation.store.atomic import TEMPORARY, write_atomic
from waystation.store.ingesting import BatchRules, ingest
from waystation.store.layout import clean, committed, lock
from waystation.terms.errors import ArchiveError

if TYPE_CHECKING:
    from pathlib import Path

SMALL = BatchRules(max_files=4, max_bytes=1 << 20)


def tree(archive: Path) -> dict[str, bytes]:
    """Every file of an archive but its lock and what can be worked out of it, by path."""
    return {
        str(p.relative_to(archive)): p.read_bytes()
        for p in sorted(archive.rglob("*"))
        if p.is_file() and p.name != ".lock" and ".cache" not in p.parts
    }


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    """Eighteen traces, one of them twice, one broken, one empty: five batches."""
    folder = tmp_path / "traces"
    members = many(16)
    members["traces/zz/again.json"] = next(iter(members.values()))
    members["traces/zz/broken.json"] = packed(trace())[:200]
    members["traces/zz/empty.json"] = b""
    for name, data in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def undisturbed(traces: Path, tmp_path: Path) -> dict[str, bytes]:
    summary = ingest([str(traces)], tmp_path / "undisturbed", workers=1, rules=SMALL)
    assert (summary.n_sources, summary.n_new, summary.n_known) == (19, 18, 1)
    return tree(tmp_path / "undisturbed")


def test_ingesting_twice_changes_nothing(traces, undisturbed, tmp_path):
    again = ingest([str(traces)], tmp_path / "undisturbed", workers=1, rules=SMALL)
    assert (again.n_new, again.n_known, again.n_positions) == (0, 19, 0)
    assert tree(tmp_path / "undisturbed") == undisturbed


def test_two_workers_give_the_same_bytes_as_one(traces, undisturbed, tmp_path):
    ingest([str(traces)], tmp_path / "two", workers=2, rules=SMALL)
    assert tree(tmp_path / "two") == undisturbed


def test_a_stop_at_every_write_then_a_restart_gives_the_same_bytes(
    traces, undisturbed, tmp_path, monkeypatch
):
    class Stopped(BaseException):
        pass

    steps = len(undisturbed)
    for stop in range(steps):
        archive = tmp_path / f"stopped{stop}"
        left = stop

        def dying(path: Path, data: bytes) -> None:
            nonlocal left
            if left == 0:  # half a file, under the name that files in the making have
                path.parent.mkdir(parents=True, exist_ok=True)
                path.with_name(f"{path.name}.1{TEMPORARY}").write_bytes(data[: len(data) // 2])
                raise Stopped
            left -= 1
            write_atomic(path, data)

        monkeypatch.setattr(places, "write_atomic", dying)
        with pytest.raises(Stopped):
            ingest([str(traces)], archive, workers=1, rules=SMALL)
        whole = set(committed(archive))
        positions = read_positions(archive)
        assert positions.num_rows == sum(read_archive_table(archive, "sources")["n_positions"].to_pylist())
        assert len(whole) <= 5
        monkeypatch.setattr(places, "write_atomic", write_atomic)
        ingest([str(traces)], archive, workers=1, rules=SMALL)
        assert tree(archive) == undisturbed


DRIVER = """
import sys
from pathlib import Path
from waystation.store.ingesting import BatchRules, ingest
if __name__ == "__main__":
    print("ready", flush=True)
    ingest([sys.argv[1]], Path(sys.argv[2]), workers=int(sys.argv[3]), rules=BatchRules(max_files=4, max_bytes=1 << 20))
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_kill_nine_at_random_moments_then_restart_gives_the_same_bytes(
    workers, traces, undisturbed, tmp_path
):
    dice = random.Random(20241226 + workers)
    archive = tmp_path / "killed"
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    command = [sys.executable, str(script), str(traces), str(archive), str(workers)]
    with subprocess.Popen(
        [*command[:3], str(tmp_path / "timed"), str(workers)], stdout=subprocess.PIPE
    ) as timed:
        timed.stdout.readline()
        began = time.monotonic()
    span_s = 0.9 * (time.monotonic() - began)  # of a run that is let alone; later kills would come too late
    kills = 0
    for _ in range(6 if workers == 1 else 3):
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(dice.random() * span_s)
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
        kills += process.wait() == -signal.SIGKILL
    assert kills >= 2
    assert subprocess.run(command, stdout=subprocess.DEVNULL, timeout=60, check=False).returncode == 0
    assert tree(archive) == undisturbed


def test_a_second_run_waits_outside_and_a_dead_one_holds_nothing(tmp_path):
    archive = tmp_path / "archive"
    with lock(archive), pytest.raises(ArchiveError, match=r"being written by process \d+"):
        ingest([str(tmp_path)], archive)
    script = "import os, sys\nfrom pathlib import Path\nfrom waystation.store.layout import lock\nl = lock(Path(sys.argv[1]))\nl.__enter__()\nos.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", script, str(archive)], check=False, timeout=60)
    with lock(archive):
        assert clean(archive) == 0


def test_new_sources_join_what_is_there(traces, undisturbed, tmp_path):
    archive = tmp_path / "undisturbed"
    more = tmp_path / "more.json"
    more.write_bytes(trace("abcdef"))
    summary = ingest([str(traces), str(more)], archive, workers=1, rules=SMALL)
    assert (summary.n_new, summary.n_known) == (1, 19)
    after = tree(archive)
    assert undisturbed.items() <= after.items()


def test_the_order_of_inputs_does_not_change_what_is_read(tmp_path):
    names = []
    for i, (name, data) in enumerate(many(6).items()):
        path = tmp_path / f"{i}.json"
        path.write_bytes(data)
        names.append(str(path))
        assert name
    ingest(names, tmp_path / "a", workers=1, rules=SMALL)
    ingest(names[::-1], tmp_path / "b", workers=1, rules=SMALL)
    assert read_positions(tmp_path / "a").equals(read_positions(tmp_path / "b"))


def test_a_folder_and_a_tar_of_it_hold_the_same_sources(tmp_path):
    members = many(6)
    for name, data in members.items():
        (tmp_path / "f" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "f" / name).write_bytes(data)
    (tmp_path / "t.tar").write_bytes(tar_of(dict(sorted(members.items()))))
    ingest([str(tmp_path / "f")], tmp_path / "a", workers=1)
    ingest([str(tmp_path / "t.tar")], tmp_path / "b", workers=1)
    assert read_positions(tmp_path / "a").equals(read_positions(tmp_path / "b"))
