"""Degrees as the archive holds them: whole micro-degrees, which is what receivers' software writes."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

__all__ = ["MICRO_DEGREES", "to_degrees", "to_micro_degrees"]

MICRO_DEGREES: Final = pa.decimal32(9, 6)


def to_micro_degrees(degrees: pa.ChunkedArray) -> pa.Array:
    """Return float64 degrees as decimals; rounds to the micro-degree (0.11 m)."""
    micro = np.rint(degrees.to_numpy() * 1e6).astype(np.int32)
    return pa.Array.from_buffers(MICRO_DEGREES, len(micro), [None, pa.py_buffer(micro)])


def to_degrees(decimals: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return decimals as float64: the double nearest to the written number."""
    chunks = []
    for chunk in decimals.chunks:
        micro = np.frombuffer(chunk.buffers()[1], dtype=np.int32)[chunk.offset : chunk.offset + len(chunk)]
        chunks.append(pa.array(micro / 1e6))
    return pa.chunked_array(chunks, pa.float64())
