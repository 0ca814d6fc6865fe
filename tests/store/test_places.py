"""A folder and a bucket are the same to the archive; who may write, and what is said when it cannot be."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from cluster_for_tests import BUCKET, KEY, SECRET, free_port
from traces_for_tests import many, tar_of

from waystation.pipeline import gather
from waystation.store import decoding, reading, s3
from waystation.store.archive import iter_aircraft, read_archive_table, read_positions
from waystation.store.blocks import Blocks
from waystation.store.buckets import S3Path
from waystation.store.index import index_of
from waystation.store.ingesting import BatchRules, ingest
from waystation.store.inputs import read_sources
from waystation.store.layout import clean, committed, is_archive, lock
from waystation.store.leases import Lease, LeaseRules, leased
from waystation.store.places import place_of, write_new
from waystation.store.reading import pick, read_through
from waystation.terms.errors import ArchiveError, InputError, NetworkError, UsageError

SMALL = BatchRules(max_files=4)


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("traces")
    for name, data in many(10).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def place(bucket, request) -> S3Path:
    """A folder in the bucket that no other test uses."""
    assert bucket.process.poll() is None
    return S3Path(BUCKET, f"tests/{request.node.name}")


def tree(archive) -> dict[str, bytes]:
    found = {str(p)[len(str(archive)) + 1 :]: p for p in archive.rglob("*") if p.is_file()}
    return {n: p.read_bytes() for n, p in sorted(found.items()) if not n.startswith(".")}


def test_the_same_archive_in_a_folder_and_in_a_bucket(place, traces, tmp_path):
    here = tmp_path / "archive"
    ingest([str(traces)], here, workers=1, rules=SMALL)
    ingest([str(traces)], str(place), workers=1, rules=SMALL)
    assert tree(place) == tree(here)
    assert committed(place) == committed(here)
    assert is_archive(str(place))
    again = ingest([str(traces)], place, workers=1, rules=SMALL)
    assert (again.n_new, again.n_known) == (0, 10)
    assert read_positions(place).equals(read_positions(here))
    days = ["2024-12-26"]
    assert read_positions(place, days=days).equals(read_positions(here, days=days))
    one, other = (list(iter_aircraft(p, max_positions=50)) for p in (place, here))
    assert [t.num_rows for t in one] == [t.num_rows for t in other]
    names = read_archive_table(place, "sources").drop("ingested_utc")
    assert names.equals(read_archive_table(here, "sources").drop("ingested_utc"))
    assert gather([str(place)], tmp_path / "unused").source_ids == gather([str(here)], "unused").source_ids


@pytest.mark.parametrize("kept_open", [256, 0])
def test_kernels_read_a_bucket_in_pieces(place, traces, tmp_path, monkeypatch, kept_open):
    monkeypatch.setattr(reading, "KERNEL_POSITIONS", 0)
    monkeypatch.setattr(decoding, "OPEN", kept_open)
    monkeypatch.setattr(Blocks, "_by_pyarrow", None)
    here = tmp_path / "archive"
    ingest([str(traces)], here, workers=1, rules=SMALL)
    ingest([str(traces)], place, workers=1, rules=SMALL)
    indexes = [index_of(p) for p in (here, place)]
    every = np.arange(len(indexes[0].addresses))
    one, other = (list(read_through(pick(i, every), [3, len(every)], kernels=True)) for i in indexes)
    assert sum(t.num_rows for t in one) == 200
    assert one == other


def test_raw_files_and_tars_are_read_from_a_bucket_too(place, tmp_path):
    members = dict(sorted(many(6).items()))
    whole = tar_of(members)
    (place / "raw/day.tar.aa").write_bytes(whole[:1500])
    (place / "raw/day.tar.ab").write_bytes(whole[1500:])
    (tmp_path / "day.tar").write_bytes(whole)
    ingest([str(tmp_path / "day.tar")], tmp_path / "archive", workers=1)
    for given in (f"{place}/raw/day.tar.aa", f"{place}/raw", f"{place}/ra*/day*"):
        archive = place / "archive"
        done = ingest([given], archive, workers=1)
        assert done.n_sources == 6
        assert (
            read_positions(archive)
            .drop("source_id")
            .equals(read_positions(tmp_path / "archive").drop("source_id"))
        )
    uris = read_archive_table(archive, "sources")["uri"].to_pylist()
    assert all(u.startswith(f"{place}/raw/day.tar.aa!/") for u in uris)
    assert [s.uri for s in read_sources(uris[:2])] == uris[:2]
    with pytest.raises(InputError, match="none: no objects there"):
        ingest([f"{place}/none"], archive)


def test_a_path_in_a_bucket_has_the_verbs_of_a_path(place):
    for name in ("a/1.parquet", "a/2.parquet", "a/b/3.parquet", "c.txt"):
        (place / name).write_bytes(name.encode())
    assert [p.name for p in (place / "a").glob("*.parquet")] == ["1.parquet", "2.parquet"]
    assert [str(p.relative_to(place)) for p in place.rglob("*.parquet")] == [
        "a/1.parquet",
        "a/2.parquet",
        "a/b/3.parquet",
    ]
    assert sorted(p.name for p in place.iterdir()) == ["a", "c.txt"]
    assert (place / "a").is_dir()
    assert not (place / "a").is_file()
    assert (place / "c.txt").is_file()
    assert not (place / "none").exists()
    assert (place / "c.txt").stat().st_size == 5
    with (place / "a/b/3.parquet").open() as f:
        assert f.read(2) == b"a/"
        f.seek(4)
        assert f.read() == b"3.parquet"
    with pytest.raises(FileNotFoundError, match="none: no such object"):
        (place / "none").read_bytes()
    (place / "c.txt").unlink()
    (place / "c.txt").unlink()
    assert pickle.loads(pickle.dumps(place)) == place_of(str(place)) == place
    assert place_of("s3://b//x/") == S3Path("b", "x")


def test_of_many_writers_of_one_name_one_wins(place):
    won = []
    writers = [
        threading.Thread(target=lambda i=i: won.append(write_new(place / "marker", f"{i}".encode())))
        for i in range(8)
    ]
    for w in writers:
        w.start()
    for w in writers:
        w.join()
    assert sorted(won) == [False] * 7 + [True]
    assert write_new(place / "marker", (place / "marker").read_bytes()), "the same bytes are ours"


def test_a_second_run_waits_outside_and_what_a_dead_one_left_is_cleaned(place, traces):
    with (
        lock(place),
        pytest.raises(ArchiveError, match=r"being written by process \d+ on .*its lease ends at \d\d:"),
    ):
        ingest([str(traces)], str(place))
    assert not (place / ".lock").exists()
    (place / "positions/day=2024-12-26/dead.parquet").write_bytes(b"PAR1")
    (place / ".staging/dead").write_bytes(b"raw")
    with lock(place):
        assert clean(place) == 2
    assert read_positions_or_none(place) == 0


def read_positions_or_none(place) -> int:
    return sum(1 for _ in place.rglob("*.parquet"))


def test_a_lease_that_ran_out_is_taken_over_once_and_its_holder_stops(place):
    short = LeaseRules(life_s=1.0, skew_s=0.2)
    dead = Lease(place, short)
    dead.take()
    dead._stop.set()  # its process stands still: nothing renews
    with pytest.raises(ArchiveError, match="being written"):
        Lease(place, short).take()
    time.sleep(1.3)
    took = []

    def take() -> None:
        try:
            Lease(place, LeaseRules(skew_s=0.2)).take()
        except ArchiveError:
            return
        took.append(1)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert took == [1]
    dead._stop.clear()
    with pytest.raises(ArchiveError, match="took over"):
        dead.check()
    dead.give_back()
    assert (place / ".lock").exists(), "another's lease is not given back"


def test_a_lease_is_renewed_while_it_is_held(place):
    with leased(place, LeaseRules(life_s=1.2, skew_s=0.2)) as lease:
        time.sleep(2.5)
        lease.check()
        with pytest.raises(ArchiveError, match="being written"):
            Lease(place, LeaseRules()).take()


def test_what_is_wrong_is_said_with_what_to_do_and_without_the_key(bucket, monkeypatch):
    def fresh() -> None:
        s3.connection.cache_clear()
        s3.filesystem.cache_clear()
        s3._ANSWERED.clear()

    said = []

    def told(kind, match, where):
        with pytest.raises(kind, match=match) as caught:
            read_positions(where)
        said.append(str(caught.value))

    try:
        told(
            ArchiveError, "there is no bucket 'nowhere-at-all' .*check the spelling", "s3://nowhere-at-all/x"
        )
        told(ArchiveError, "there is no archive at s3://tracks/none; make one", f"s3://{BUCKET}/none")
        told(UsageError, "write s3://BUCKET/FOLDER", "s3:///x")
        told(UsageError, "the key goes into AWS_ACCESS_KEY_ID", f"s3://{KEY}:{SECRET}@tracks/x")
        fresh()
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
        told(ArchiveError, "refuses access; check AWS_ACCESS_KEY_ID", f"s3://{BUCKET}/x")
        fresh()
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        told(UsageError, "no key for the server .*set AWS_ACCESS_KEY_ID", f"s3://{BUCKET}/x")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{KEY}:{SECRET}@127.0.0.1:{free_port()}")
        hasty = s3.S3Rules(first_s=0.5)
        monkeypatch.setattr(s3.patiently, "__defaults__", (hasty,))
        fresh()
        told(
            NetworkError, r"gave no answer.*check AWS_ENDPOINT_URL.*what was committed stays", "s3://tracks/x"
        )
    finally:
        fresh()
    assert not any(SECRET in text or KEY in text for text in said)


def test_without_the_extra_packages_a_bucket_says_what_to_install():
    code = (
        "import sys; sys.modules['obstore'] = sys.modules['obstore.store'] = None\n"
        "from waystation.store.archive import read_positions\n"
        "try: read_positions('s3://tracks/x')\n"
        "except Exception as e: print(type(e).__name__, e)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "UsageError s3://tracks" in done.stdout
    assert "pip install 'waystation[cluster]'" in done.stdout
