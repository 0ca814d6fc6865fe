"""Packed positions of many characters, and their files by either writer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from waystation.ingest.packed import PACKED
from waystation.store import parquet
from waystation.terms.degrees import MICRO_DEGREES

if TYPE_CHECKING:
    import pytest

ROWS = 40_000  # three row groups, the last one short


def numbers(dice: np.random.Generator, kind: str, n: int) -> np.ndarray:
    """Whole numbers of many characters: extremes, which wrap; runs; little steps; noise."""
    if kind == "extreme":
        return dice.choice(np.array([-(2**31), 2**31 - 1, 0, 5]), n)
    if kind == "runs":
        return np.repeat(dice.integers(-9, 9, n // 7 + 1), 7)[:n]
    if kind == "steps":
        return np.cumsum(dice.integers(-30, 31, n))
    return dice.integers(-(2**20), 2**20, n)


def column(dice: np.random.Generator, field: pa.Field, kind: str, nulls: float, n: int) -> pa.Array:
    mask = None if nulls == 0 else dice.random(n) < nulls
    type_ = field.type
    if pa.types.is_dictionary(type_):
        words = sorted({f"w{k:05d}é" for k in range({"extreme": 1, "runs": 3, "steps": 70}.get(kind, 9_000))})
        codes = (
            np.sort(dice.integers(0, len(words), n)) if kind == "steps" else dice.integers(0, len(words), n)
        )
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=mask), pa.array(words))
    values = numbers(dice, kind, n)
    if pa.types.is_boolean(type_):
        return pa.array(values > 0, mask=mask)
    if pa.types.is_float32(type_):
        return pa.array(np.where(values == 0, -0.0, values / 7).astype(np.float32), mask=mask)
    if type_ == pa.timestamp("ms", "UTC"):
        return pa.array(values.astype(np.int64) * 1_000, mask=mask).cast(type_)
    if type_ == MICRO_DEGREES:
        whole = pa.array((values % 180_000_000).astype(np.int32), mask=mask)
        return pa.Array.from_buffers(type_, n, whole.buffers())
    top = {pa.int8(): 127, pa.int16(): 32_767}.get(type_)
    low = -top - 1 if top else 0
    return pa.array(np.clip(values, low, top) if top else values.astype(np.int32), mask=mask).cast(type_)


def packed(kind: str, nulls: float, n: int = ROWS) -> pa.Table:
    dice = np.random.default_rng(20261123)
    return pa.table([column(dice, f, kind, nulls, n) for f in PACKED], schema=PACKED)


def both(table: pa.Table, monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, bytes]:
    ours = parquet.positions_bytes(table)
    monkeypatch.setattr(parquet, "_MANY", 1 << 60)
    return ours, parquet.positions_bytes(table)
