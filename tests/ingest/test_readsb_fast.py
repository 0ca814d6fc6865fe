"""The fast reader reads what the exact one reads, or leaves the file to it."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from guarded_for_tests import survivors
from hypothesis import given, settings
from hypothesis import strategies as st
from leaves_for_tests import opened
from trace_damage import damaged
from traces_for_tests import START, many, packed, rows, trace

from waystation.ingest import build, readsb_json
from waystation.ingest.many import Item, build_many
from waystation.ingest.packed import PACKED, from_positions
from waystation.ingest.readsb_fast import Buffers, add, plain_bytes
from waystation.ingest.readsb_json import STRANGE, skip
from waystation.ingest.selection import Selection, selection_of
from waystation.terms.errors import UsageError

number = opened(readsb_json.number)
NOW_MS = (START + 86_400) * 1000
SOURCE = "0123456789abcdef"


def both(data: bytes, uri: str = "x.json", now_ms: int | None = NOW_MS) -> bool:
    """Read with both; whatever the fast reader takes must be equal. Returns whether it took the file."""

    @cache
    def exact(_: int):
        return build(io.BytesIO(data), source_id=SOURCE, uri=uri, now_ms=now_ms)

    fast = build_many([Item(data, SOURCE, uri, plain=True)], exact, now_ms)
    slow = build_many([Item(data, SOURCE, uri, plain=False)], exact, now_ms)
    assert fast.positions.equals(slow.positions)
    for name in ("identities", "rejected", "outcomes"):
        assert getattr(fast, name) == getattr(slow, name), name
    return fast.n_exact == 0


def kinds_of_rows() -> list[list]:
    """Records with everything that readsb writes, and a few that are refused or keep some of their values."""
    out = rows(9)
    out[1] = [10.0, 35.5, -120.25, None, None, None, None, None, None, None]
    out[2] = [20.01, 35.5, 35.9, -25, 0.0, 0.0, 3, -64, None, "mlat", None, None, None, None, None, "more"]
    out[3] = [30, 35.5, 35.9, 107_700, 5_000, 359.96, 40_000, 90_000, {}, "tisb_trackfile", -9_999]
    out[4][8] = {"type": "adsr_icao", "flight": "  ", "squawk": "0", "nic": 16, "nac_p": 3.0, "nav_modes": ["vnav", "tcas"], "x": {"y": [1, {}, []]}}  # fmt: skip
    out[4][9] = None
    out[5][1] = None
    out[6][1:3] = [0.0002, 0.0001]
    out[7][1] = 90.5
    out[8][0] = None
    return out


def test_records_of_all_kinds_are_read_alike():
    assert both(trace(records=rows(20)))
    assert both(trace(records=kinds_of_rows()))
    assert both(packed(trace("~2A4B1C", kinds_of_rows(), version="readsb 3.14", simulated="made up, seed 1")))
    assert both(trace(ownOp='MÜLLER \\ "X"', r=None, dbFlags="9"))
    assert both(trace(), "/data/2024/12/20/traces/76/trace_full_154076.json")  # another day than it says
    late = json.loads(trace())
    assert both(json.dumps({"trace": late.pop("trace"), **late}, indent=1).encode())  # the header after it


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{}", b'{"trace":[]}', trace(records=[]), trace("xyz"), trace(None), trace(start="x"), trace(start=100.0),
        trace(start=START + 10 * 86_400), trace(records=[*rows(3), "junk"]), trace(records=[[1, 2]]), trace() + b"x",
        trace().replace(b'"nic"', b'"n\\u0069c"'), trace().replace(b'"nic"', b'"flight"'), b" [" + trace() + b"]",
        trace().replace(b"0733", b"07\xc3\xa9"), trace().replace(b"RFF7052", b"RFF7052X"), trace(records=rows(3, at_s=1e12)),
        trace()[:-1] + b',"trace":[[1,2,3]]}', b"\xef\xbb\xbf" + trace(), packed(trace()) + packed(trace()), packed(trace())[:300],
        trace(records=kinds_of_rows() * 40),
    ],
)  # fmt: skip
def test_what_is_not_plain_goes_to_the_exact_reader(data):
    assert not both(data)


def test_wounds_of_all_kinds():
    dice = random.Random(20261123)
    seeds = [trace(records=rows(5)), trace(records=kinds_of_rows()), trace("~abc123", kinds_of_rows()[3:])]
    n = int(os.environ.get("WAYSTATION_WOUNDS", "1500"))
    taken = sum(both(damaged(dice.choice(seeds), dice)) for _ in range(n))
    assert 0.2 < taken / n < 0.9  # neither side is idle


def test_a_packed_file_is_taken_whole_or_not_at_all():
    """Its last four bytes bound a first try only: behind padding or in a hostile file they say nothing."""
    text = trace(records=rows(50))
    one, last = gzip.compress(text), len(text).to_bytes(4, "little")
    assert plain_bytes(one) == text
    assert plain_bytes(one + bytes(512)) == text  # as a tar pads
    assert plain_bytes(one + (1 << 30).to_bytes(4, "little")) == text
    assert plain_bytes(one + b"\0\0\0\0" + last) == text
    for broken in (
        one + one,
        one + gzip.compress(b""),
        one[:-1],
        one[:-4] + b"\7\0\0\0",
        one[:9],
        one[: len(one) // 2],
    ):
        assert plain_bytes(broken) is None
    long = gzip.compress(bytes((64 << 20) + 1))
    assert plain_bytes(long) is None
    assert plain_bytes(long[:-4] + b"\1\0\0\0") is None
    assert plain_bytes(gzip.compress(b"")) == b""


def test_real_traces_are_plain(dev_data):
    files = sorted((dev_data / "readsb").glob("*.json*"))
    files += sorted((dev_data / "readsb/globe_history").rglob("*.json"))
    assert len(files) == 25
    assert all(both(f.read_bytes(), str(f), None) for f in files)


def test_wounds_of_real_traces(dev_data):
    dice = random.Random(6)
    seeds = []
    for file in sorted((dev_data / "readsb/globe_history").rglob("*.json"))[:6]:
        document = json.loads(plain_bytes(file.read_bytes()) or b"")
        seeds.append(
            json.dumps({**document, "trace": document["trace"][:12]}, separators=(",", ":")).encode()
        )
    assert sum(both(damaged(dice.choice(seeds), dice)) for _ in range(400)) > 60


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.from_regex(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?", fullmatch=True),
        st.floats(-1e6, 1e6).map(repr),
        st.text("0123456789.-+eE", min_size=1, max_size=22),
    )
)
def test_numbers_are_the_nearest_doubles(text):
    data = np.frombuffer(text.encode() + b",", np.uint8)
    end, value = number(data, 0)
    if end == STRANGE or end < len(text):
        return
    assert repr(value) == repr(float(json.loads(text)))


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text("abc xyz", max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text("ab", max_size=3), inner, max_size=4)
        ),
    ),
    st.integers(0, 40),
)
def test_any_value_is_skipped_whole_and_a_cut_one_is_strange(value, cut):
    text = json.dumps(value).encode()
    assert skip(np.frombuffer(text + b",", np.uint8), 0) == len(text)
    short = text[: cut % len(text)]
    if short and short[:1] not in b"-0123456789":
        assert skip(np.frombuffer(short, np.uint8), 0) == STRANGE


def test_the_limit_of_depth():
    for depth, end in ((60, 120), (61, STRANGE)):
        assert skip(np.frombuffer(b"[" * depth + b"]" * depth, np.uint8), 0) == end


def test_buffers_grow_and_a_refused_file_leaves_no_rows():
    buffers = Buffers(7)
    assert add(buffers, trace(records=[*rows(30), "junk"]), "x", None) is None
    assert buffers.rows == 0
    read = add(buffers, trace(), "x", None)
    assert (read.first, read.stop, buffers.rows) == (0, 20, 20)


def test_many_files_come_sorted_whatever_their_order():
    members = list(many(12).items())
    members += [
        ("again.json", packed(trace("154000", rows(4, at_s=5)))),
        ("bad.json", trace("abcdef", [*rows(2), 1])),
    ]
    items = [Item(d, f"{i:016x}", name, plain=True) for i, (name, d) in enumerate(members)]

    def exact(i: int):
        return build(io.BytesIO(items[i].data), source_id=items[i].source_id, uri=items[i].uri)

    def key(row: dict) -> tuple:
        return row["icao24"], row["time_utc"], row["source_id"], row["record"]

    got = build_many(items, exact, None)
    assert got.positions.schema == PACKED
    found = got.positions.to_pylist()
    assert found == sorted(found, key=key)
    assert got.n_exact == 1
    alone = pa.concat_tables([from_positions(exact(i).positions) for i in range(len(items))])
    assert sorted(alone.to_pylist(), key=key) == found
    back = build_many(items[::-1], lambda i: exact(len(items) - 1 - i), None)
    assert back.positions.equals(got.positions)
    assert back.outcomes == got.outcomes[::-1]


def test_a_selection_keeps_the_same_rows_of_both_readers():
    data = trace(records=rows(20))
    item = Item(data, SOURCE, "x.json", plain=True)

    def exact(_: int):
        return build(io.BytesIO(data), source_id=SOURCE, uri="x.json")

    for selection, n in (
        (selection_of(None, (35.405, 30.0, 35.41, 40.0)), 4),
        (selection_of(None, (35.405, 170.0, 35.41, 36.0)), 4),  # across the date line
        (selection_of(frozenset({"154076"}), None), 20),
        (selection_of(frozenset({"154077"}), None), 0),
    ):
        fast = build_many([item], exact, None, selection)
        slow = build_many([Item(data, SOURCE, "x.json", plain=False)], exact, None, selection)
        assert fast.positions.num_rows == n
        assert fast.positions.equals(slow.positions)
        assert fast.outcomes == slow.outcomes
    assert not selection_of(frozenset({"154077"}), None).wants_file("a!/./traces/76/trace_full_154076.json")
    assert Selection().text is None
    for icao24, box in ((frozenset({"xyz"}), None), (None, (40.0, 0.0, 30.0, 1.0))):
        with pytest.raises(UsageError):
            selection_of(icao24, box)


GUARDED = """
import ctypes, json, mmap, random, sys
import numpy as np
from trace_damage import damaged
from traces_for_tests import rows, trace
from waystation.ingest import readsb_fast as fast
PAGE = mmap.PAGESIZE
libc = ctypes.CDLL(None, use_errno=True)
area = mmap.mmap(-1, 4 * PAGE)
begin = ctypes.addressof(ctypes.c_char.from_buffer(area))
assert libc.mprotect(ctypes.c_void_p(begin + 3 * PAGE), PAGE, 0) == 0  # reading beyond the third page kills
memory = np.frombuffer(area, np.uint8)
limits, dice, n = fast._limits(fast.AcceptRules()), random.Random(7), 0
blank, tight = trace(records=rows(6)), json.dumps(json.loads(trace(records=rows(24))), separators=(",", ":")).encode()
for i in range(int(sys.argv[1])):
    whole = tight if i & 1 else blank
    data = whole if i % 50 == 0 else damaged(whole, dice)
    data = data[: dice.randrange(len(data) + 1)] if i % 3 == 1 else data
    if not 0 < len(data) <= 3 * PAGE:
        continue
    memory[3 * PAGE - len(data) : 3 * PAGE] = np.frombuffer(data, np.uint8)
    b = fast.Buffers(4 + i % 3)
    content = memory[3 * PAGE - len(data) : 3 * PAGE]
    content.flags.writeable = False
    b.odd = np.empty((4, 4), np.int64)
    got = fast.trace_rows(
        content, 0, b.times, b.ints, b.smalls, b.reals,
        fast._KIND_BYTES, fast._KIND_WORDS, b.tables, limits, b.odd, b.memory,
    )
    assert got[0] <= len(b.times)
    n += 1
print(n)
"""


@pytest.mark.parametrize(("interpreted", "times"), [(False, 4_000), (True, 60)])
def test_nothing_is_read_or_written_beyond_a_buffer(interpreted, times):
    assert survivors(GUARDED, times, interpreted=interpreted) > times * 0.8
