"""Row groups of files, decoded by pyarrow: where few rows are asked for, and once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from waystation.store.places import is_bucket, parquet, waited

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow.parquet as pq

    from waystation.store.places import Place
    from waystation.store.reading import Picked

__all__ = ["OPEN", "PLACES", "TEXTS", "Files", "footer", "micro"]

Ints = NDArray[np.int64]

TEXTS: Final = ("callsign", "squawk", "heard_by", "source_id")
PLACES: Final = ("lat", "lon")
OPEN: Final = 256  # files that stay open: a process may hold 1,024
_SPARSE: Final = 0.25  # of what was decoded: less is copied, so that the rest can go


class Files:
    """Files of positions and of each the row groups to read, as ``picked`` has them.

    Rows are counted among those of the chosen row groups of a file.
    """

    def __init__(self, picked: Picked, columns: Sequence[str]) -> None:
        self._paths = [picked.archive / name for name in picked.files]
        self._digests, self._groups = picked.digests, picked.groups
        self._edges = [np.r_[0, np.cumsum(np.asarray(s, dtype=np.int64))] for s in picked.sizes]
        self._columns = list(columns)
        self._open: dict[int, pq.ParquetFile] = {}

    def __len__(self) -> int:
        return len(self._paths)

    def close(self) -> None:
        """Let go of all files."""
        self._open.clear()

    def rows(self, i: int, first: int, stop: int) -> pa.Table:
        """Return rows ``first`` … ``stop - 1`` of file i.

        Texts are dictionaries, degrees whole micro-degrees. Different files may be asked by several threads.
        """
        edges = self._edges[i]
        a, b = int(np.searchsorted(edges, first, "right")) - 1, int(np.searchsorted(edges, stop))
        table = self._decoded(i, self._groups[i][a:b])
        return _own(table.slice(first - int(edges[a]), stop - first), table.num_rows)

    def _opened(self, i: int) -> pq.ParquetFile:
        file = self._open.get(i)
        if file is None:
            path = self._paths[i]
            options: dict[str, Any] = {"read_dictionary": [c for c in TEXTS if c in self._columns]}
            if not is_bucket(path):
                options["memory_map"] = True
            file = parquet(path, metadata=footer(path, self._digests[i]), **options)
            if len(self._open) < OPEN:
                self._open[i] = file
        return file

    def _decoded(self, i: int, groups: Sequence[int]) -> pa.Table:
        path, file = self._paths[i], self._opened(i)
        chosen = list(groups)
        table = waited(lambda: file.read_row_groups(chosen, columns=self._columns, use_threads=False), path)
        for name in PLACES:
            chunks = [micro(c) for c in table[name].chunks]
            column = pa.chunked_array(chunks, pa.int32())
            table = table.set_column(table.schema.get_field_index(name), name, column)
        return table


@lru_cache(maxsize=512)
def footer(path: Place, _digest: str) -> pq.FileMetaData:
    """Return where what lies in a file; a file that is asked again is not asked for that."""
    return parquet(path).metadata


def micro(decimals: pa.Array) -> pa.Array:
    """Return degrees as whole micro-degrees, as they are stored; what is absent has any number."""
    return pa.Array.from_buffers(
        pa.int32(), len(decimals), [None, decimals.buffers()[1]], offset=decimals.offset
    )


def _own(part: pa.Table, decoded: int) -> pa.Table:
    """Copy a small part of what was decoded, so that the rest can go."""
    return part if part.num_rows > _SPARSE * decoded else part.take(pa.array(np.arange(part.num_rows)))
