from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor
from pathlib import Path

from waystation.engine.local import Inline, local_executor, map_tasks
from waystation.engine.open import crew, run_tasks


def double(x: int) -> int:
    if x == 13:
        raise ValueError("thirteen")
    time.sleep(0.01 * (x % 3))
    return 2 * x


def sometimes_deadly(task: tuple[int, str]) -> int:
    """Dies the first time for 3, always for 5."""
    x, folder = task
    if x == 5 or (x == 3 and not Path(folder, "died").exists()):
        Path(folder, "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return x


PARENT = """
import os, time
from waystation.engine.local import local_executor
if __name__ == "__main__":
    pool = local_executor(2)
    futures = [pool.submit(os.getpid) for _ in range(4)]
    print(*sorted({f.result() for f in futures}), flush=True)
    time.sleep(60)
"""


def test_workers_end_with_a_killed_parent(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE)
    workers = [int(p) for p in parent.stdout.readline().split()]
    assert workers
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while any(alive(p) for p in workers):
        assert time.monotonic() < deadline, "workers outlived their parent"
        time.sleep(0.05)


def alive(process: int) -> bool:
    """Whether a process still runs; one that waits to be buried does not."""
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_results_come_in_order_and_errors_with_their_task():
    for workers in (1, 2):
        done = list(map_tasks(lambda w=workers: local_executor(w), double, range(11, 16), window=3))
        assert [d.item for d in done] == [11, 12, 13, 14, 15]
        assert [d.result for d in done] == [22, 24, None, 28, 30]
        assert str(done[2].error) == "thirteen"


def test_items_are_taken_only_as_far_as_the_window():
    taken = []

    def items():
        for i in range(10):
            taken.append(i)
            yield i

    running = map_tasks(Inline, lambda x: x, items(), window=3)
    assert next(running).result == 0
    assert len(taken) == 3
    running.close()


def test_no_executor_is_opened_for_nothing():
    assert list(map_tasks(lambda: 1 / 0, double, [])) == []


def test_a_killed_worker_loses_nothing_and_a_deadly_task_is_set_aside(tmp_path):
    tasks = [(i, str(tmp_path)) for i in range(9)]
    done = list(map_tasks(lambda: local_executor(2), sometimes_deadly, tasks, window=4))
    assert [d.item[0] for d in done] == list(range(9))
    assert [d.result for d in done] == [0, 1, 2, 3, 4, None, 6, 7, 8]
    assert isinstance(done[5].error, BrokenExecutor)


def process_of(_: object = None) -> int:
    time.sleep(0.05)
    return os.getpid()


def test_a_crew_stays_for_several_rounds_and_is_made_anew_after_a_death(tmp_path):
    with crew(2, ready=process_of) as pool:
        rounds = [{d.result for d in run_tasks(process_of, range(6), pool=pool)} for _ in range(2)]
        assert rounds[0] == rounds[1]
        assert os.getpid() not in rounds[0]
        tasks = [(i, str(tmp_path)) for i in range(7)]
        done = list(run_tasks(sometimes_deadly, tasks, pool=pool))
        assert [d.result for d in done] == [0, 1, 2, 3, 4, None, 6]
        after = {d.result for d in run_tasks(process_of, range(6), pool=pool)}
        assert after
        assert not after & rounds[0]
    deadline = time.monotonic() + 20
    while any(alive(p) for p in after):
        assert time.monotonic() < deadline, "the crew outlived its work"
        time.sleep(0.05)


def test_tasks_left_behind_in_a_crew_do_not_hold_up_the_next_round():
    with crew(2) as pool:
        running = run_tasks(process_of, range(100), pool=pool)
        next(running)
        running.close()
        assert len(list(run_tasks(process_of, range(3), pool=pool))) == 3


def test_one_worker_needs_no_crew():
    with crew(1, ready=process_of) as pool:
        assert [d.result for d in run_tasks(process_of, [1], workers=1, pool=pool)] == [os.getpid()]
