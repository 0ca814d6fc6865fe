"""The short way through records and details: it takes nothing that the long way takes otherwise."""

from __future__ import annotations

import io
import json
import os
import random
from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from leaves_for_tests import opened
from trace_damage import damaged
from traces_for_tests import START, rows, trace

from waystation.ingest import build, readsb_detail, readsb_digits, readsb_eight, readsb_json, readsb_rows
from waystation.ingest.many import Item, build_many
from waystation.ingest.readsb_columns import KINDS
from waystation.ingest.readsb_detail import kind_words
from waystation.ingest.readsb_fast import Buffers, add
from waystation.ingest.readsb_json import STRANGE, skip

few_digits, few_digits_end = opened(readsb_digits.few_digits), opened(readsb_digits.few_digits_end)
number, quick_kind, same_bytes = (
    opened(leaf) for leaf in (readsb_json.number, readsb_detail.quick_kind, readsb_eight.same_bytes)
)

ROOM = b"," * 40
TAIL = {"emergency": "none", "category": "A3", "nav_qnh": 1013.6, "nav_modes": ["autopilot", "vnav"], "nic": 8,
        "rc": 186, "version": 2, "nic_baro": 1, "nac_p": 9, "nac_v": 1, "sil": 3, "sil_type": "perhour", "gva": 2,
        "sda": 2, "alert": 0, "spi": 0}  # fmt: skip


def same(data: bytes) -> bool:
    """Read with both readers; they must agree. Returns whether the fast one took the file."""
    now_ms = (START + 86_400) * 1000

    @cache
    def exact(_: int):
        return build(io.BytesIO(data), source_id="0" * 16, uri="x.json", now_ms=now_ms)

    fast, slow = (build_many([Item(data, "0" * 16, "x.json", plain=p)], exact, now_ms) for p in (True, False))
    assert fast.positions.equals(slow.positions)
    for name in ("identities", "rejected", "outcomes"):
        assert getattr(fast, name) == getattr(slow, name), name
    return fast.n_exact == 0


def detail(dice: random.Random) -> dict:
    """Details as readsb writes them: some keys there, some not, and ends that mostly stay the same."""
    out = {
        "type": dice.choice(("adsb_icao", "mlat", "tisb_trackfile")),
        "flight": dice.choice(("RFF7052 ", "AB", "")),
    }
    out |= {"alt_geom": dice.randrange(40_000), "track": dice.randrange(3600) / 10, "squawk": "0733"}
    out |= TAIL
    if dice.random() < 0.4:
        out["nac_p"] = dice.choice((8, 9, 15, 16, None))
    if dice.random() < 0.3:
        out["nic"] = dice.choice((7, 0, -1, None))
    if dice.random() < 0.2:
        del out[dice.choice(("emergency", "nic", "flight", "squawk", "nac_v"))]
    return out


def written(seed: int, n: int = 60) -> bytes:
    """A trace in readsb's own form, without a blank."""
    dice = random.Random(seed)
    records = rows(n)
    for i, record in enumerate(records):
        record[8] = detail(dice) if i % 2 == 0 else None
        record[10:] = [
            dice.choice((None, 1_100, -25)),
            *dice.choice(([None] * 3, [64, 250, -0.1], [-64, 0, -0.0])),
        ]
        record[6:8] = [dice.choice((0, 1, 3)), dice.choice((None, -64, 640))]
        record[4:6] = dice.choice(([300.5, 45.2], [None, None], [0.0, 359.9], [12, 0]))
        record[3] = dice.choice((record[3], None, "ground", -25))
    return json.dumps(json.loads(trace(records=records)), separators=(",", ":")).encode()


def test_traces_in_the_form_of_readsb_are_read_alike():
    assert all(same(written(seed)) for seed in range(20))


def test_almost_every_record_goes_the_short_way(monkeypatch):
    if not hasattr(readsb_rows._record, "py_func"):
        long = []
        slow = readsb_rows._record
        monkeypatch.setattr(readsb_rows, "_record", lambda *a: long.append(a) or slow(*a))
        add(Buffers(100), written(1), "x", None)
        assert len(long) < 6
    read = add(Buffers(100), written(1), "x", None)
    assert read is not None
    assert read.stop == 60


def test_elements_that_end_far_behind_are_read_alike():
    """Eight elements in more than the 64 bytes that are looked at, at once and just in them."""
    for n in range(8):
        record = [86_399.99, -12.345678, -123.456789, 10_000, round(1_234.5678901, n), 359.9, 3, -1_088, None]
        record += ["adsb_icao", 11_000, None, None, None]
        told = json.loads(trace(records=rows(4)))
        told["trace"] = [record[:1] + record[1:] for _ in range(9)]
        assert same(json.dumps(told, separators=(",", ":")).encode())


def test_wounds_of_traces_without_blanks():
    dice = random.Random(20261124)
    seeds = [written(seed, 8) for seed in range(6)]
    n = int(os.environ.get("WAYSTATION_WOUNDS", "900"))
    taken = sum(same(damaged(dice.choice(seeds), dice)) for _ in range(n))
    assert 0.2 < taken / n < 0.95


def test_an_end_that_stands_there_again_does_not_hide_a_key_said_twice():
    records = rows(12)
    for i, record in enumerate(records):
        record[8] = TAIL | {"squawk": "0733"} if i % 2 == 0 else None
    data = json.dumps(json.loads(trace(records=records)), separators=(",", ":"))
    assert same(data.encode())
    at = [i for i in range(len(data)) if data.startswith('{"emergency"', i)][3]
    twice = data[: at + 1] + '"nic":3,' + data[at + 1 :]
    assert not same(twice.encode())
    other = data[: at + 1] + '"nac_v":3,"version":9,"x":{"nic":1,"nac_p":2},' + data[at + 1 :]
    assert same(other.encode())


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(
        st.from_regex(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,9})?", fullmatch=True),
        st.floats(-1e6, 1e6).map(repr),
        st.text("0123456789.-+eE", min_size=1, max_size=14),
    )
)
def test_few_digits_are_the_same_number(text):
    data = np.frombuffer(text.encode() + ROOM, np.uint8)
    end, whole, places = few_digits(data, 0)
    exact_end, value = number(data, 0)
    if end != STRANGE:
        assert repr(whole / 10.0**places) == repr(value) or exact_end == STRANGE
        assert exact_end in (end, STRANGE)
    quick = few_digits_end(data, 0)
    if quick == len(text):
        assert skip(data, 0) in {quick, STRANGE}
        json.loads(text)


def test_kinds_are_told_apart():
    words = kind_words(KINDS)
    for code, kind in enumerate(KINDS):
        data = np.frombuffer(f'"{kind}"'.encode() + ROOM, np.uint8)
        for last in (-1, 0, code, len(KINDS)):
            assert quick_kind(data, 0, words, max(last, 0)) == (len(kind) + 2, code)
    for text in (b'"adsb_icao_n"', b'"adsb_ica"', b'"mlat', b'"tisb_trackfile2"', b"null"):
        assert quick_kind(np.frombuffer(text + ROOM, np.uint8), 0, words, 0)[0] == STRANGE


def test_bytes_are_compared_whole():
    dice = np.random.default_rng(3)
    for n in (32, 33, 63, 64, 65, 200):
        data = dice.integers(0, 256, 500, dtype=np.uint8)
        data[250 : 250 + n] = data[3 : 3 + n]
        assert same_bytes(data, 3, 250, n)
        for at in range(n):
            data[250 + at] ^= 1
            assert not same_bytes(data, 3, 250, n)
            data[250 + at] ^= 1
