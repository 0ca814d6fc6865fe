"""Kill ``waystation fetch`` at random moments, fifty times or as often as asked, and compare the archives.

    python scripts/kill_fetch.py [KILLS] [SEED]

Every round fetches eighteen traces from a slow server on loopback that is cut off and busy now and then; each
kill ends the whole process group with SIGKILL, and the same command goes on. A round is compared with an
archive that nobody disturbed: every raw file, every Parquet file, and what the journal says last.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "makers"))

from killed_for_tests import fill, kill_and_resume, left_alone, snapshot
from servers_for_tests import serving

PER_ROUND = 12


def main() -> int:
    """Return 0 if every archive was the same."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    dice = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    began, kills, rounds = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as folder, serving() as server:
        fill(server)
        archive = Path(folder) / "archive"
        whole = left_alone(server, archive)
        while kills < wanted:
            kills += kill_and_resume(server, archive, min(PER_ROUND, wanted - kills), dice)
            rounds += 1
            now = snapshot(archive)
            if now != whole:
                different = sorted(n for n in whole.keys() | now.keys() if whole.get(n) != now.get(n))
                print(f"after {kills} kills the archive differs in {different}")
                return 1
            print(f"{kills} kills, {rounds} rounds, the same archive", flush=True)
            shutil.rmtree(archive)
    print(f"{kills} kills in {rounds} rounds, {time.monotonic() - began:.0f} s: always the same archive")
    return 0


if __name__ == "__main__":
    sys.exit(main())
