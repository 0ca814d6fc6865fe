"""Texts that come as dictionaries are judged as the texts themselves are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waystation import tracks
from waystation.terms.schema import TABLES, TIME, conform
from waystation.tracks.texts import changes, starts_in_order

rows = st.lists(
    st.tuples(st.sampled_from("ab~"), st.integers(0, 3), st.sampled_from(["s", "r"]), st.integers(0, 2)),
    min_size=1,
    max_size=12,
)


def columns(of: list[tuple[str, int, str, int]]) -> list[pa.ChunkedArray]:
    kinds = (pa.string(), TIME, pa.string(), pa.int32())
    return [
        pa.chunked_array([pa.array(list(c), k)]) for c, k in zip(zip(*of, strict=True), kinds, strict=True)
    ]


@settings(deadline=None)  # kernels are compiled on the way
@given(rows, st.booleans())
def test_dictionaries_are_in_order_where_their_texts_are(
    of: list[tuple[str, int, str, int]], rise: bool
) -> None:
    texts = columns(sorted(of) if rise else of)
    words = [c.dictionary_encode() if pa.types.is_string(c.type) else c for c in texts]
    plain, coded = starts_in_order(*texts), starts_in_order(*words)
    assert (plain is None) == (coded is None)
    if plain is not None and coded is not None:
        assert plain.tolist() == coded.tolist()
    for a, b in zip(texts, words, strict=True):
        if pa.types.is_string(a.type):
            one, two = changes(a), changes(b)
            assert one is not None
            assert two is not None
            assert one.tolist() == two.tolist()


@pytest.mark.parametrize("turned", [False, True])
def test_tracks_of_dictionaries_are_those_of_texts(turned: bool) -> None:
    n = 400
    t = np.repeat(np.arange(n // 2) * 8_000, 2) + 1_700_000_000_000
    table = conform(
        "positions",
        pa.table(
            {
                "icao24": ["4b0001"] * n,
                "time_utc": pa.array(t).cast(TIME),
                "lat": 45.0 + np.arange(n) // 2 * 0.01,
                "lon": np.full(n, 8.0),
                "altitude_ft": pa.array([30_000] * n, pa.int32()),
                "ground_speed_kt": pa.array([480.0] * n, pa.float32()),
                "heard_by": ["adsb" if i % 2 else "mlat" for i in range(n)],
                "source_id": ["x" if i % 2 else "y" for i in range(n)],
                "record": pa.array(np.arange(n, dtype=np.int32)),
            }
        ),
    )
    if turned:
        table = table.take(pa.array(np.arange(n)[::-1]))
    names = [f.name for f in TABLES["positions"] if pa.types.is_string(f.type)]
    coded = table
    for name in names:
        coded = coded.set_column(coded.schema.get_field_index(name), name, table[name].dictionary_encode())
    plain, found = tracks.build(table), tracks.build(coded)
    assert plain.masks.num_rows
    assert plain.masks.equals(found.masks)
    assert plain.gaps.equals(found.gaps)
    assert plain.positions["mask"].equals(found.positions["mask"])
    assert plain.positions["source_id"].to_pylist() == found.positions["source_id"].to_pylist()
