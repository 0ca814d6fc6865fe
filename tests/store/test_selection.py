"""An archive of some aircraft or of a box says so, and nothing else gets into it."""

from __future__ import annotations

import pytest
from traces_for_tests import many, tar_of

from waystation.coverage import archive_days
from waystation.store import batches
from waystation.store.archive import read_archive_table, read_positions
from waystation.store.ingesting import ingest
from waystation.terms.errors import UsageError

OURS = frozenset({"154025", "154094"})


@pytest.fixture
def day(tmp_path):
    path = tmp_path / "day.tar"
    path.write_bytes(tar_of(many(30)))
    return path


def test_only_files_of_the_fleet_are_read_and_the_rest_leaves_no_row(day, tmp_path):
    done = ingest([str(day)], tmp_path / "a", workers=1, icao24=OURS)
    assert (done.n_sources, done.n_positions) == (2, 40)
    sources = read_archive_table(tmp_path / "a", "sources")
    assert set(sources["selection"].to_pylist()) == {
        s for s in sources["selection"].to_pylist() if s.startswith("aircraft: 2 (154025, 154094; list ")
    }
    whole = ingest([str(day)], tmp_path / "whole", workers=1)
    assert whole.n_sources == 30
    assert set(read_archive_table(tmp_path / "whole", "sources")["selection"].to_pylist()) == {None}
    some = read_positions(tmp_path / "whole", icao24=OURS)
    assert read_positions(tmp_path / "a").equals(some)
    assert set(archive_days(sources)["reason"].to_pylist()) == {"watch-list"}


def test_a_box_keeps_what_is_inside_and_nobody_can_tell_the_rest(day, tmp_path):
    ingest([str(day)], tmp_path / "a", workers=1, box=(20.0, 35.9, 21.0, 35.93))
    positions = read_positions(tmp_path / "a")
    assert 0 < positions.num_rows < 30 * 20
    assert max(positions["lat"].to_pylist()) <= 21.0
    assert max(positions["lon"].to_pylist()) <= 35.93
    sources = read_archive_table(tmp_path / "a", "sources")
    assert sources.num_rows == 30  # read, also where nothing was inside
    assert set(sources["selection"].to_pylist()) == {"box: 20,35.9,21,35.93"}
    assert sum(sources["n_positions"].to_pylist()) == positions.num_rows
    days = archive_days(sources).to_pylist()
    assert {(d["share_present"], d["reason"]) for d in days} <= {(None, "box"), (None, "watch-list")}


def test_an_archive_holds_one_selection(day, tmp_path):
    ingest([str(day)], tmp_path / "a", workers=1, icao24=OURS)
    assert ingest([str(day)], tmp_path / "a", workers=1, icao24=OURS).n_known == 2
    with pytest.raises(UsageError, match=r"holds aircraft: 2 .* would add everything"):
        ingest([str(day)], tmp_path / "a", workers=1)


def test_small_and_large_batches_give_the_same_tables(day, tmp_path, monkeypatch):
    ingest([str(day)], tmp_path / "exact", workers=1)
    monkeypatch.setattr(batches, "FAST_BYTES", 0)
    ingest([str(day)], tmp_path / "fast", workers=1)
    assert read_positions(tmp_path / "exact").equals(read_positions(tmp_path / "fast"))
    for name in ("identities", "rejected"):
        assert read_archive_table(tmp_path / "exact", name).equals(
            read_archive_table(tmp_path / "fast", name)
        )
