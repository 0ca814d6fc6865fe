"""A path in a bucket, with the verbs of ``pathlib.Path`` that the store uses.

``s3://bucket/a/b`` names an object, or all objects below ``a/b/``: there are no folders to make. An object
appears whole or not at all. What a listing said of size and time stays with the paths that it gave.
"""

from __future__ import annotations

import fnmatch
import io
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from waystation.store.s3 import connection, library, patiently
from waystation.terms.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SCHEME", "ObjectStat", "S3Path"]

SCHEME: Final = "s3://"
_PAGE: Final = 1_000  # objects a listing brings at a time, and a request may delete
_STREAM: Final = 8 << 20  # bytes that a reader asks for at a time


class ObjectStat(NamedTuple):
    """What is known of an object, by the names that ``os.stat`` has."""

    st_size: int
    st_mtime_ns: int
    etag: str

    @property
    def st_mtime(self) -> float:
        """Time of the last change, seconds since 1970."""
        return self.st_mtime_ns / 1e9


@dataclass(frozen=True, order=True)
class S3Path:
    """``key`` has no slash at its ends; an empty one is the whole bucket."""

    bucket: str
    key: str = ""
    known: ObjectStat | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}".rstrip("/")

    def __truediv__(self, name: str | PurePosixPath) -> S3Path:
        return S3Path(self.bucket, f"{self.key}/{name}".strip("/"))

    @classmethod
    def of(cls, text: str) -> S3Path:
        """Read ``s3://bucket/key``. Raises ``UsageError`` for an address without a bucket."""
        bucket, _, key = text.removeprefix(SCHEME).partition("/")
        if not bucket or "?" in text or "@" in bucket:
            shown = key.partition("?")[0] if "@" in bucket else text.removeprefix(SCHEME).partition("?")[0]
            raise UsageError(
                f"'{SCHEME}{shown}': write s3://BUCKET/FOLDER; the key goes into AWS_ACCESS_KEY_ID"
            )
        return cls(bucket, "/".join(p for p in key.split("/") if p))

    @property
    def name(self) -> str:
        """The last part of the key."""
        return PurePosixPath(self.key).name

    @property
    def stem(self) -> str:
        """The last part of the key without its ending."""
        return PurePosixPath(self.key).stem

    @property
    def parent(self) -> S3Path:
        """One level up; the bucket is above all."""
        return S3Path(self.bucket, self.key.rpartition("/")[0])

    def with_name(self, name: str) -> S3Path:
        """Return the neighbour of this name."""
        return self.parent / name

    def relative_to(self, above: object) -> PurePosixPath:
        """Return the rest of the key below ``above``, another ``S3Path``."""
        assert isinstance(above, S3Path)
        return PurePosixPath(self.key).relative_to(above.key) if above.key else PurePosixPath(self.key)

    def resolve(self) -> S3Path:
        """Return this path; it is absolute."""
        return self

    def expanduser(self) -> S3Path:
        """Return this path; it has no ``~``."""
        return self

    def stat(self) -> ObjectStat:
        """Return size and time of the object. Raises ``FileNotFoundError``."""
        obstore = library(self.bucket)
        if self.known is not None:
            return self.known
        return _stat(self._ask(lambda: obstore.head(connection(self.bucket), self.key)))

    def exists(self) -> bool:
        """Whether there is such an object, or any below."""
        return self.is_file() or self.is_dir()

    def is_file(self) -> bool:
        """Whether there is an object of exactly this key."""
        if not self.key:
            return False
        try:
            self.stat()
        except FileNotFoundError:
            return False
        return True

    def is_dir(self) -> bool:
        """Whether there is any object below."""
        return next(self._below(1), None) is not None

    def glob(self, pattern: str) -> Iterator[S3Path]:
        """Yield what fits a pattern of one level (``day=*``), objects and folders, sorted."""
        obstore = library(self.bucket)
        found = self._ask(
            lambda: obstore.list_with_delimiter(connection(self.bucket), self._prefix, return_arrow=False)
        )
        folders = [S3Path(self.bucket, p.rstrip("/")) for p in found["common_prefixes"]]
        objects = [S3Path(self.bucket, m["path"], _stat(m)) for m in found["objects"]]
        yield from sorted(p for p in [*folders, *objects] if fnmatch.fnmatchcase(p.name, pattern))

    def rglob(self, pattern: str) -> Iterator[S3Path]:
        """Yield every object below whose name fits ``pattern``, sorted."""
        yield from sorted(p for p in self._below(_PAGE) if fnmatch.fnmatchcase(p.name, pattern))

    def iterdir(self) -> Iterator[S3Path]:
        """Yield what lies one level below."""
        yield from self.glob("*")

    def mkdir(self, *, parents: bool = True, exist_ok: bool = True) -> None:
        """Do nothing: folders are only in names."""
        assert parents
        assert exist_ok

    def read_bytes(self) -> bytes:
        """Return the whole object. Raises ``FileNotFoundError``."""
        obstore = library(self.bucket)
        return bytes(self._ask(lambda: obstore.get(connection(self.bucket), self.key).bytes()))

    def read_range(self, start: int, length: int) -> bytes:
        """Return ``length`` bytes from ``start``."""
        obstore = library(self.bucket)
        store = connection(self.bucket)
        return bytes(self._ask(lambda: obstore.get_range(store, self.key, start=start, length=length)))

    def open(self, mode: str = "rb") -> io.BufferedReader:
        """Return a stream that reads the object piece by piece."""
        assert mode == "rb", "objects are written whole"
        return io.BufferedReader(_Pieces(self), _STREAM)

    def write_bytes(self, data: bytes) -> int:
        """Write the object, whole or not at all; what was there is replaced."""
        obstore = library(self.bucket)
        self._ask(lambda: obstore.put(connection(self.bucket), self.key, data, use_multipart=False))
        return len(data)

    def write_new(self, data: bytes) -> bool:
        """Write the object if there is none; False where one with other bytes was there before.

        Where an answer got lost, the second try finds what the first wrote: the same bytes are ours.
        """
        obstore, store = library(self.bucket), connection(self.bucket)
        try:
            self._ask(lambda: obstore.put(store, self.key, data, mode="create", use_multipart=False))
        except obstore.exceptions.AlreadyExistsError:
            return self.read_bytes() == data
        return True

    def unlink(self, *, missing_ok: bool = True) -> None:
        """Delete the object; one that is not there is no error."""
        obstore = library(self.bucket)
        assert missing_ok
        self._ask(lambda: obstore.delete(connection(self.bucket), self.key))

    @property
    def _prefix(self) -> str | None:
        return f"{self.key}/" if self.key else None

    def _below(self, page: int) -> Iterator[S3Path]:
        obstore = library(self.bucket)

        def all_pages() -> list[Any]:
            pages = obstore.list(connection(self.bucket), self._prefix, chunk_size=page)
            return list(next(pages, ())) if page == 1 else [m for some in pages for m in some]

        for m in self._ask(all_pages):
            yield S3Path(self.bucket, m["path"], _stat(m))

    def _ask(self, ask: Any) -> Any:  # noqa: ANN401 - whatever the request gives
        connection(self.bucket)
        return patiently(ask, str(self))


def _stat(meta: Any) -> ObjectStat:  # noqa: ANN401 - a dict of obstore's
    changed = int(meta["last_modified"].timestamp() * 1e9)
    return ObjectStat(meta["size"], changed, meta["e_tag"] or "")


class _Pieces(io.RawIOBase):
    """An object as a raw stream; a server that went away in between is waited for."""

    def __init__(self, path: S3Path) -> None:
        self._path, self._at, self._size = path, 0, path.stat().st_size

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes: a range is asked for anyway."""
        return True

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        """Fill ``buffer`` with the next bytes; 0 at the end."""
        n = min(len(buffer), self._size - self._at)
        if n <= 0:
            return 0
        buffer[:n] = self._path.read_range(self._at, n)
        self._at += n
        return n
