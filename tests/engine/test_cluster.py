"""Local = cluster, byte for byte, also when workers are killed and the object storage stops in mid-run."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from cluster_for_tests import BUCKET, Cluster, free_port, kills_or_doubles
from flown_for_tests import records, trace

from waystation import sweeps
from waystation.engine import cluster as engine_cluster
from waystation.engine.cluster import ClusterRules, map_on_cluster
from waystation.engine.open import check_engine, run_tasks
from waystation.finding import run_flights
from waystation.store.ingesting import BatchRules, ingest
from waystation.store.places import place_of
from waystation.store.tables import read_tables
from waystation.terms.errors import NetworkError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMALL = BatchRules(max_files=4)
OUTAGE_S = 20.0


@pytest.fixture(scope="module")
def cluster(bucket, tmp_path_factory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"), bucket.environment)
    try:
        made.start(2)
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def traces(tmp_path_factory) -> Path:
    """Thirty-two aircraft with a flight each: eight batches."""
    folder = tmp_path_factory.mktemp("flown")
    ways = [("LFPG", "EGLL"), ("EGLL", "EBBR"), ("EBBR", "LFPG"), ("LFPG", "EDDF")]
    for i in range(32):
        rows = records(*ways[i % 4], 3_600.0 + 500.0 * i)
        (folder / f"trace_full_15400{i:02x}.json").write_bytes(trace(f"1540{i:02x}", rows[: -i or None]))
    return folder


def tree(archive) -> dict[str, bytes]:
    """Every file of an archive, by path, without lock and caches."""
    found = {str(p)[len(str(archive)) + 1 :]: p for p in archive.rglob("*") if p.is_file()}
    return {n: p.read_bytes() for n, p in sorted(found.items()) if not n.startswith(".")}


def test_local_is_cluster_byte_for_byte_through_kills_and_an_outage(
    bucket, cluster, traces, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sweeps, "BATCH_POSITIONS", 400)
    monkeypatch.setattr(sweeps, "FAR_POSITIONS", 800)
    here, there = tmp_path / "archive", place_of(f"s3://{BUCKET}/law")
    ingest([str(traces)], here, workers=1, rules=SMALL)
    outages, committed = [], []

    def disturb(_progress):
        committed.append(len(list((there / "sources").glob("*.parquet"))))
        if len(committed) == 2:
            cluster.kill_worker()
            cluster.add_worker()
        if len(committed) == 4:
            outages.append(outage(bucket, OUTAGE_S))

    began = time.monotonic()
    done = ingest([str(traces)], str(there), engine=cluster.address, rules=SMALL, progress=disturb)
    assert (done.n_new, done.failed) == (32, ())
    assert time.monotonic() - began > OUTAGE_S
    assert committed == list(range(1, 9)), "one marker after the other, each once"
    assert tree(there) == tree(here)
    again = ingest([str(traces)], str(there), engine=cluster.address, rules=SMALL)
    assert (again.n_new, again.n_known) == (0, 32)

    run_flights([], here, tmp_path / "local", workers=1)
    killed = []

    def kill(stage, n, _total):
        if stage == "flights" and n and not killed:
            killed.append(n)
            cluster.kill_worker()
            cluster.add_worker()

    made = run_flights([], str(there), tmp_path / "cluster", engine=cluster.address, progress=kill)
    assert killed
    assert made.rows["flights"] == 32
    one, other = read_tables(tmp_path / "local"), read_tables(tmp_path / "cluster")
    assert one.keys() == other.keys()
    for name in one.keys() - {"sources"}:  # sources say when they were ingested
        files = [(tmp_path / side / f"{name}.parquet").read_bytes() for side in ("local", "cluster")]
        assert files[0] == files[1], name
    assert one["sources"].drop("ingested_utc").equals(other["sources"].drop("ingested_utc"))
    outages[0].join()


def outage(bucket, seconds: float) -> threading.Thread:
    bucket.pause()

    def resume() -> None:
        time.sleep(seconds)
        bucket.go_on()

    thread = threading.Thread(target=resume)
    thread.start()
    return thread


def test_a_deadly_task_is_named_and_set_aside_and_the_others_lose_nothing(bucket, tmp_path):
    own = Cluster(tmp_path / "own", bucket.environment)
    stop = threading.Event()

    def replace_the_dead() -> None:  # as a nanny, a service manager or Kubernetes would
        while not stop.wait(0.1):
            for dead in [w for w in own.workers if w.poll() is not None]:
                own.workers.remove(dead)
                own.add_worker()

    thread = threading.Thread(target=replace_the_dead)
    try:
        own.start(2)
        thread.start()
        done = list(run_tasks(kills_or_doubles, range(10), engine=own.address))
    finally:
        stop.set()
        thread.join()
        own.stop()
    assert [d.item for d in done] == list(range(10))
    assert [d.result for d in done] == [0, 2, 4, 6, 8, None, 12, None, 16, 18]
    assert type(done[5].error).__name__ == "KilledWorker"
    assert isinstance(done[7].error, ValueError)


def test_tasks_are_taken_only_as_far_as_the_window(cluster):
    taken = []

    def tasks():
        for i in range(40):
            taken.append(i)
            yield 100 + i

    running = map_on_cluster(cluster.address, kills_or_doubles, tasks())
    assert next(running).result == 200
    assert len(taken) <= 6
    running.close()


def test_other_code_on_the_workers_is_told(cluster, monkeypatch):
    monkeypatch.setattr(engine_cluster, "code_mark", lambda: "waystation 0.0.1")
    with pytest.raises(UsageError, match=r"runs other code.*Install the same version"):
        list(run_tasks(kills_or_doubles, [1], engine=cluster.address))


def test_a_cluster_that_is_not_there_is_named_with_what_to_do():
    nowhere = map_on_cluster(
        f"tcp://127.0.0.1:{free_port()}", kills_or_doubles, [1], ClusterRules(connect_s=0.5)
    )
    with pytest.raises(NetworkError, match=r"no scheduler answers at tcp://127.0.0.1:\d+; start one"):
        next(nowhere)
    assert list(run_tasks(kills_or_doubles, [], engine="tcp://127.0.0.1:1")) == []
    with pytest.raises(UsageError, match="write local, or the address of a scheduler"):
        check_engine("10.0.0.5:8786")


def test_a_scheduler_without_workers_is_told(bucket, tmp_path):
    lonely = Cluster(tmp_path / "lonely", bucket.environment)
    try:
        lonely.start(0)
        with pytest.raises(NetworkError, match="has no workers; start some with: dask worker"):
            list(map_on_cluster(lonely.address, kills_or_doubles, [1], ClusterRules(join_s=0.5)))
    finally:
        lonely.stop()
