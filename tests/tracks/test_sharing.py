import numpy as np
from tracks_for_tests import column, joined, track

from waystation.tracks.columns import columns_of, sort_positions
from waystation.tracks.motion import moves_of
from waystation.tracks.sharing import share_out


def test_tails_that_a_chain_swapped_over_a_silence_go_back():
    """Forty minutes of silence; each lies where the one flew on to, and far from where the other did."""
    later = 1_700_000_000_000 + 4_200_000
    west = [
        track(minutes=30, course=270.0, source_id="b" * 16),
        track(minutes=30, course=270.0, lon=5.5, source_id="b" * 16, start_ms=later),
    ]
    east = [track(minutes=30, course=90.0), track(minutes=30, course=90.0, lon=24.5, start_ms=later)]
    table, code = sort_positions(joined(*west, *east))
    c = columns_of(table, code)
    m = moves_of(c, np.zeros(table.num_rows, dtype=np.int16))
    is_west = column(table, "source_id") == "b" * 16
    swapped = (is_west ^ (c.t >= later)).astype(np.int8)
    body = share_out(m, np.arange(table.num_rows), swapped)
    assert len(set(body[is_west])) == 1
    assert len(set(body[~is_west])) == 1
    assert len(set(body)) == 2
