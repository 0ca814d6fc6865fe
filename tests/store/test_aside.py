"""Bytes that wait for their turn: they come back as they were, in bounded room, and leave nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from waystation.store import aside
from waystation.store.aside import Aside, folders_for

KILLED = """
import sys
from pathlib import Path
import numpy as np
from waystation.store.aside import Aside
held = Aside(0, [Path(sys.argv[1])])
print(held.put(1, np.zeros(5_000_000, np.uint8)), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(aside, "SEGMENT", 64)


def some(dice, size: int):
    return dice.integers(0, 256, size, dtype=np.uint8)


@pytest.mark.parametrize("most", [0, 640, 1 << 20])
def test_what_is_put_aside_comes_back_and_room_is_used_again(most, tmp_path):
    dice, waiting, peak = np.random.default_rng(3), {}, 0
    with closing(Aside(most, [tmp_path])) as held:
        for turn in range(200):
            assert held.take(turn).tobytes() == waiting.pop(turn, b"")
            for _ in range(6):
                later, octets = turn + int(dice.integers(1, 9)), some(dice, int(dice.integers(0, 300)))
                assert held.put(later, octets)
                waiting[later] = waiting.get(later, b"") + octets.tobytes()
                peak = max(peak, sum(-(-len(w) // 64) * 64 for w in waiting.values()))
        file = 0 if held._file is None else held._file.seek(0, 2)
        assert held._n_memory * 64 + file <= peak
        assert (file > 0) == (most < 1 << 20)
        assert list(tmp_path.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_no_folder_memory_is_all_there_is(tmp_path):
    (tmp_path / "file").touch()
    held = Aside(256, [tmp_path / "file", tmp_path / "file/below"])
    octets = some(np.random.default_rng(1), 100)
    assert [held.put(t, octets) for t in (1, 2, 3)] == [True, True, False]
    assert held.full()
    assert held.take(3).tobytes() == b""
    assert held.take(1).tobytes() == octets.tobytes()
    assert not held.full()
    assert held.put(3, octets)
    assert held.take(3).tobytes() == octets.tobytes()


def test_a_full_disk_refuses_and_spoils_nothing(monkeypatch, tmp_path):
    octets = some(np.random.default_rng(1), 150)
    held = Aside(0, [tmp_path])
    assert held.put(1, octets)
    with monkeypatch.context() as patch, Path("/dev/full").open("r+b", buffering=0) as never_room:
        patch.setattr(held, "_file", never_room)
        assert not held.put(1, octets)
        assert not held.put(2, octets)
    assert held.full()
    assert held.take(2).tobytes() == b""
    assert held.take(1).tobytes() == octets.tobytes()
    assert held.put(3, octets), "room that there is can be used"
    assert not held.put(3, octets)
    assert held.take(3).tobytes() == octets.tobytes()
    held.close()


def test_some_of_the_disk_is_left_to_others(monkeypatch, tmp_path):
    asked = []

    def usage(folder: Path) -> SimpleNamespace:
        asked.append(folder)
        return SimpleNamespace(free=aside.LEFT_BYTES + (len(asked) < 4))

    monkeypatch.setattr(aside.shutil, "disk_usage", usage)
    with closing(Aside(0, [tmp_path])) as held:
        assert [held.put(t, some(np.random.default_rng(1), 64)) for t in range(5)] == [True] * 3 + [False] * 2
    assert asked == [tmp_path] * 4


def test_what_cannot_be_read_again_is_not_given_back(monkeypatch, tmp_path):
    octets = some(np.random.default_rng(1), 64)
    with closing(Aside(64, [tmp_path])) as held:
        for turn in (1, 1, 1, 2):
            assert held.put(turn, octets)
        held._file.truncate(96)
        assert held.take(1).tobytes() == 2 * octets.tobytes()
        with monkeypatch.context() as patch, (tmp_path / "write only").open("wb", buffering=0) as failing:
            patch.setattr(held, "_file", failing)
            assert held.take(2).tobytes() == b""


def test_nothing_is_left_where_the_process_is_killed(tmp_path):
    told = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], **told) as made:
        assert made.stdout.readline() == "True\n"
        assert list(tmp_path.iterdir()) == []
        made.kill()
        assert made.wait() == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_where_results_are_kept_and_never_in_memory(monkeypatch, tmp_path):
    mounts = tmp_path / "mountinfo"
    device = tmp_path.stat().st_dev
    number = f"{device >> 8 & 0xFFF}:{device & 0xFF | device >> 12 & 0xFFF00}"
    mounts.write_text(f"1 0 0:9999 / / rw - tmpfs none rw\n2 0 {number} / /x rw shared:1 - ext4 /dev/x rw\n")
    monkeypatch.setattr(aside, "_MOUNTS", mounts)
    monkeypatch.setattr(aside.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    archive = tmp_path / "archive"
    assert list(folders_for(archive)) == [archive / ".cache", tmp_path / "tmp", Path("/var/tmp")]
    mounts.write_text(f"2 0 {number} / /x rw shared:1 - tmpfs none rw\n")
    assert not {archive / ".cache", tmp_path / "tmp"} & set(folders_for(archive))
    monkeypatch.setattr(aside, "_MOUNTS", tmp_path / "none")
    assert next(folders_for(archive)) == archive / ".cache"
