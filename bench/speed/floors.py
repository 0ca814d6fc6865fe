"""Floors: the least that any program must do for the same bytes, on one core."""

from __future__ import annotations

import tarfile
import time
import zlib
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from isal import isal_zlib

if TYPE_CHECKING:
    from pathlib import Path

AT_MOST = 400_000_000  # gzip bytes: of a larger day as much is read, and the figure is scaled


class Joined:
    """The parts of a split tar as one stream."""

    def __init__(self, paths: list[Path]) -> None:
        self.files = [p.open("rb") for p in paths]

    def read(self, n: int) -> bytes:
        out = b""
        while len(out) < n and self.files:
            piece = self.files[0].read(n - len(out))
            if not piece:
                self.files.pop(0).close()
            out += piece
        return out


def members(paths: list[Path]):
    """Yield the bytes of every file in a tar."""
    with tarfile.open(fileobj=Joined(paths), mode="r|") as tar:
        for m in tar:
            if m.isfile():
                yield tar.extractfile(m).read()


def decompression(paths: list[Path]) -> dict[str, float]:
    """CPU seconds of isal and of stdlib zlib over the same members, in turns, so that a busy machine harms both alike."""
    told = {"isal_s": 0.0, "zlib_s": 0.0, "gzip_bytes": 0, "json_bytes": 0, "members": 0}
    for data in members(paths):
        for name, inflate in (("isal_s", isal_zlib.decompress), ("zlib_s", zlib.decompress)):
            began = time.process_time_ns()
            text = inflate(data, 31)
            told[name] += (time.process_time_ns() - began) / 1e9
        told["gzip_bytes"] += len(data)
        told["json_bytes"] += len(text)
        told["members"] += 1
        if told["gzip_bytes"] > AT_MOST:
            break
    return {k: round(v, 3) for k, v in told.items()}


def parquet_read(archive: Path, at_most: int = 20_000_000) -> dict[str, float]:
    """CPU seconds of reading every column of the position files, on one thread, with nothing done to them."""
    rows, began = 0, time.process_time()
    for path in sorted((archive / "positions").rglob("*.parquet")):
        file = pq.ParquetFile(path)
        for group in range(file.num_row_groups):
            rows += file.read_row_group(group, use_threads=False).num_rows
            if rows > at_most:
                break
    return {"positions": rows, "cpu_s": round(time.process_time() - began, 3)}
