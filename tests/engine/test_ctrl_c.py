"""Ctrl-C reaches every process of a terminal: one says so, and nothing else is printed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import waystation
from waystation import cli

SLEEPER = """
import sys, time
from waystation.engine.local import local_executor, map_tasks

if __name__ == "__main__":
    for done in map_tasks(lambda: local_executor(2), time.sleep, [0.01, 0.01, 60, 60]):
        print("done", flush=True)
"""


@pytest.mark.parametrize("after_s", [None, 0.05, 0.3])
def test_workers_go_quietly_and_at_once(tmp_path: Path, after_s: float | None) -> None:
    """``after_s``: from the start of the program; None: when both workers are known to be at work."""
    script = tmp_path / "sleeper.py"
    script.write_text(SLEEPER)
    src = str(Path(waystation.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": src},
    ) as process:
        assert process.stdout is not None
        if after_s is None:
            assert [process.stdout.readline(), process.stdout.readline()] == ["done\n", "done\n"]
        else:
            time.sleep(after_s)
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert time.monotonic() - began < 20, "the sixty seconds of the tasks were waited for"
    assert told.count("Traceback") <= 1, told  # of the script itself, which has no command line to catch it
    assert "SpawnProcess" not in told


def test_the_command_line_says_what_to_do_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("waystation.gathering.gather", stop)
    assert cli.main(["ingest", str(tmp_path), "--archive", str(tmp_path / "a")]) == 130
    assert "stopped; run the same command again" in capsys.readouterr().err
