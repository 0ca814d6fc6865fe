"""How sources are cut in batches: finely at first, ever more coarsely where traces are many."""

from __future__ import annotations

import pytest

from waystation.store.ingesting import BatchRules

MB = 1 << 20


def cut(sizes: list[int]) -> list[list[int]]:
    """Cut sources of these sizes as ingest does."""
    rules, out, some, total = BatchRules(), [], [], 0
    for size in sizes:
        some.append(size)
        total += size
        if rules.full(len(some), sum(some), total):
            out.append(some)
            some = []
    return [*out, *([some] if some else [])]


def test_a_small_day_gives_every_process_work() -> None:
    batches = cut([40_000] * 1_500)
    assert [round(sum(b) / MB) for b in batches] == [16, 16, 16, 9]


def test_a_long_list_of_traces_is_cut_three_times_as_coarsely() -> None:
    batches = cut([40_000] * 80_000)
    assert max(map(sum, batches)) < 3 * 16 * MB + 40_000
    assert sum(batches[-2]) >= 3 * 16 * MB
    assert len(batches) < 80


def test_large_sources_are_cut_as_ever_however_many_there_are() -> None:
    """Their rows are many for their bytes, and memory has to hold them."""
    assert {len(b) for b in cut([4 * MB] * 400)} == {4}


@pytest.mark.parametrize("tail", [1, 700, 5_000])
def test_what_comes_later_does_not_move_earlier_cuts(tail: int) -> None:
    sizes = [30_000 + 997 * (i % 50) for i in range(20_000)]
    before, after = cut(sizes), cut(sizes + [50_000] * tail)
    assert after[: len(before) - 1] == before[:-1]


def test_files_of_hardly_any_bytes_are_not_thousands_in_one_batch() -> None:
    assert {len(b) for b in cut([100] * 10_000)} == {1_000}
