"""Where tables rest: a folder here, or ``s3://bucket/folder``. One seam for both.

A place is a ``pathlib.Path`` or an ``S3Path``, which has the same verbs; what the two do differently (whole
writes, writes once, Parquet in pieces) has a function here or a branch in ``store.layout``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from waystation.store.atomic import sync_folder, write_atomic
from waystation.store.buckets import SCHEME, S3Path
from waystation.store.s3 import filesystem, patiently

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

__all__ = [
    "Place", "dataset", "is_bucket", "parquet", "place_of", "read_parquet", "settle", "waited", "write_new",
    "write_whole",
]  # fmt: skip

Place: TypeAlias = Path | S3Path
Result = TypeVar("Result")


def place_of(text: str | Place) -> Place:
    """Return the place that a text names; a place stays itself."""
    if isinstance(text, str):
        return S3Path.of(text) if is_bucket(text) else Path(text)
    return text


def is_bucket(text: object) -> bool:
    """Whether a text or place is on object storage."""
    return isinstance(text, S3Path) or (isinstance(text, str) and text.startswith(SCHEME))


def listed(folder: Place, pattern: str) -> list[Place]:
    """Return what lies in a folder and fits ``pattern``, sorted; none where there is no such folder."""
    found: list[Place] = [*folder.glob(pattern)]
    return sorted(found, key=str)


def below(folder: Place, pattern: str) -> list[Place]:
    """Return what lies anywhere below a folder and fits ``pattern``, sorted."""
    found: list[Place] = [*folder.rglob(pattern)]
    return sorted(found, key=str)


def write_whole(path: Place, data: bytes) -> None:
    """Write ``data``; a crash leaves what was there or the new bytes, never a part."""
    if isinstance(path, S3Path):
        path.write_bytes(data)
    else:
        write_atomic(path, data)


def write_new(path: Place, data: bytes) -> bool:
    """Write ``data`` unless something is there; False where that has other bytes.

    On object storage the server decides (a conditional put); in a folder the holder of the lock is alone.
    """
    if isinstance(path, S3Path):
        return path.write_new(data)
    if path.is_file():
        return path.read_bytes() == data
    write_atomic(path, data)
    return True


def settle(files: Sequence[Place]) -> None:
    """Make files last through a power cut. Object storage has done so when it answers."""
    above = {f for p in files if isinstance(p, Path) for f in (p.parent, p.parent.parent)}
    for folder in above:
        sync_folder(folder)


def dataset(files: Sequence[Place]) -> ds.Dataset:
    """Return Parquet files of one schema as a dataset; reading one from a bucket goes through ``waited``."""
    import pyarrow.dataset as ds

    if files and isinstance(files[0], S3Path):
        names = [f"{f.bucket}/{f.key}" for f in files if isinstance(f, S3Path)]
        return waited(lambda: ds.dataset(names, format="parquet", filesystem=filesystem()), files[0])
    return ds.dataset([str(f) for f in files], format="parquet")


def waited(ask: Callable[[], Result], place: Place) -> Result:
    """Return what ``ask`` returns; for a place in a bucket, with patience while its server is away."""
    return patiently(ask, str(place)) if isinstance(place, S3Path) else ask()


def parquet(path: Place, **options: Any) -> pq.ParquetFile:  # noqa: ANN401 - options of pyarrow's reader
    """Open a Parquet file; in a bucket, only the pieces are read that are asked for."""
    import pyarrow.parquet as pq

    if isinstance(path, S3Path):
        return waited(
            lambda: pq.ParquetFile(f"{path.bucket}/{path.key}", filesystem=filesystem(), **options), path
        )
    return pq.ParquetFile(path, **options)


def read_parquet(
    path: Place, *, columns: Sequence[str] | None = None, read_dictionary: Sequence[str] | None = None
) -> pa.Table:
    """Return a Parquet file as a table."""
    import pyarrow.parquet as pq

    if isinstance(path, S3Path):
        name = f"{path.bucket}/{path.key}"
        return waited(
            lambda: pq.read_table(
                name,
                columns=columns,
                read_dictionary=read_dictionary,
                partitioning=None,
                filesystem=filesystem(),
            ),
            path,
        )
    return pq.ParquetFile(path, read_dictionary=read_dictionary).read(
        columns
    )  # half the work of read_table for a small file
