"""Reading aircraft after aircraft from an archive of many files, each of which spans all addresses.

A month of the world is some 2,300 files; here a made day is cut as finely. Its traces are mixed first (seeded),
or a file would hold neighbours only. Prints JSON: CPU and wall time a position of one task, how often row groups
were decoded, peak memory, bytes written. python -m bench.speed.many_files DAY.tar FOLDER [POSITIONS]
(an archive that is in FOLDER already is read again)
"""

from __future__ import annotations

import io
import json
import random
import resource
import sys
import tarfile
import time
from collections import Counter
from pathlib import Path

from bench.speed.stages import opened

from waystation.store.aside import Aside
from waystation.store.blocks import Blocks
from waystation.store.index import index_of
from waystation.store.ingesting import BatchRules, ingest

SEED = 7
FINE = BatchRules(max_bytes=1 << 20, growth=1)  # some 25 traces a file
WARM = 150_000


def cut_finely(day: Path, archive: Path) -> None:
    """Make an archive of a day whose traces come in a mixed order."""
    mixed = archive.with_name("mixed.tar")
    with tarfile.open(day) as given, tarfile.open(mixed, "w") as out:
        members = [m for m in given if m.isfile()]
        random.Random(SEED).shuffle(members)
        for member in members:
            out.addfile(member, io.BytesIO(given.extractfile(member).read()))
    ingest([str(mixed)], archive, rules=FINE)
    mixed.unlink()


def measure(archive: Path, at_most: int) -> dict[str, object]:
    """Read the first ``at_most`` positions as one task."""
    index_of(archive)
    for _ in opened(archive, WARM):
        pass
    decoded, written = Counter(), [0]
    decode, write = Blocks._decode, Aside._write  # noqa: SLF001 - to count

    def counted(self, i, group, *rest):
        decoded[i, group] += 1
        decode(self, i, group, *rest)

    def noted(self, segment, at, octets):
        written[0] += len(octets) * (segment >= self._most)
        write(self, segment, at, octets)

    Blocks._decode, Aside._write = counted, noted  # noqa: SLF001
    cpu, wall = time.process_time(), time.perf_counter()
    rows = sum(t.num_rows for t in opened(archive, at_most))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {
        "files": len({i for i, _ in decoded}),
        "positions": rows,
        "cpu_us_a_position": round(cpu / rows * 1e6, 3),
        "wall_us_a_position": round(wall / rows * 1e6, 3),
        "row_groups": len(decoded),
        "decoded": decoded.total(),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "written_mb": round(written[0] / 1e6),
    }


if __name__ == "__main__":
    place = Path(sys.argv[2]) / "archive"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        cut_finely(Path(sys.argv[1]), place)
    print(json.dumps(measure(place, int(float(sys.argv[3])) if len(sys.argv) > 3 else 60_000_000)))
