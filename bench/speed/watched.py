"""Run a command and know what it took: wall and CPU seconds, and the peak memory of all its processes together."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

EVERY_S = 0.15  # looks at resident memory, which cost nothing
SHARED_EVERY = 10  # of them one looks at shared pages too: the system walks through all pages for it


def _children(of: int) -> list[int]:
    """Process ids below ``of``, itself included."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    out, queue = [], [of]
    while queue:
        out.append(queue.pop())
        queue += parents.get(out[-1], [])
    return out


def _resident(pids: list[int]) -> int:
    """Sum of resident memory, KiB."""
    pages = 0
    for pid in pids:
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (OSError, IndexError, ValueError):
            continue
    return pages * resource.getpagesize() // 1024


def _proportional(pids: list[int]) -> int:
    """Sum of proportional memory, KiB: a shared page counts once. Tens of milliseconds a gigabyte."""
    pss = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        pss += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return pss


def watched(command: list[str], log: Path | None = None, check: bool = True) -> dict[str, float]:
    """Run ``command``; return wall_s, cpu_s, peak_rss_mb, peak_pss_mb, peak_processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    out = log.open("ab") if log else subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    peak = [0, 0, 0]
    stop = threading.Event()

    def look() -> None:
        looks = 0
        while not stop.wait(EVERY_S):
            pids = _children(process.pid)
            rss = _resident(pids)
            pss = _proportional(pids) if rss > peak[0] or looks % SHARED_EVERY == 0 else 0
            peak[:] = [max(peak[0], rss), max(peak[1], pss), max(peak[2], len(pids))]
            looks += 1

    watcher = threading.Thread(target=look)
    watcher.start()
    code = process.wait()
    wall = time.monotonic() - began
    stop.set()
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if check and code:
        tail = log.read_text(errors="replace")[-800:] if log else ""
        raise SystemExit(f"{' '.join(command)}: exit {code}\n{tail}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "peak_rss_mb": round(peak[0] / 1024),
        "peak_pss_mb": round(peak[1] / 1024), "peak_processes": peak[2],
    }  # fmt: skip


def machine(repository: Path) -> dict[str, object]:
    """What this was measured on, and at which commit."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next(
        (x.partition(":")[2].strip() for x in info.splitlines() if x.startswith("model name")), "unknown"
    )
    git = ["git", "-C", str(repository)]
    commit = subprocess.run(
        [*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    changed = subprocess.run(
        [*git, "status", "--porcelain", "--", "src"], capture_output=True, text=True, check=False
    ).stdout.strip()
    ram = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpu": model, "cores": os.cpu_count(), "ram_gib": round(ram, 1), "python": sys.version.split()[0], "commit": commit,
        "source_changed_since_commit": bool(changed), "date": time.strftime("%Y-%m-%d", time.gmtime()), "load_before": round(os.getloadavg()[0], 1),
    }  # fmt: skip
