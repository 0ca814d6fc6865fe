"""From INPUT to sources: files, folders, globs, here or in a bucket; tars or their parts; zips; PyPI.

The order is a function of the inputs alone: inputs as given, files of a folder by path, members as the
tar or zip has them. Whether a file is one is read from its content. Hidden files are left out.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Final

from waystation.store.batches import Source
from waystation.store.buckets import S3Path
from waystation.store.companions import told_beside
from waystation.store.hashing import file_sha256, sha256
from waystation.store.places import Place, is_bucket, listed
from waystation.store.streams import joined, unpacked
from waystation.store.tars import BLOCK, PART, all_of_them, is_tar, tar_sources
from waystation.store.wheels import is_pypi, pypi_sources
from waystation.store.zips import is_zip, zip_sources
from waystation.terms.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from waystation.store.tars import Wanted

__all__ = ["MAX_SOURCE_BYTES", "SIMULATED", "iter_sources", "read_sources"]

MAX_SOURCE_BYTES: Final = 512 << 20  # as found, before unpacking: memory has to hold a source or two
SIMULATED: Final = "simulated:"  # before the path of a scenario
_GLOB: Final = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class _Container:
    """A file, or the parts of one split tar in order."""

    uri: str
    paths: tuple[Place, ...]


def iter_sources(
    inputs: Sequence[str],
    *,
    exclude: Place | None = None,
    max_bytes: int = MAX_SOURCE_BYTES,
    wanted: Wanted = all_of_them,
    light: bool = False,
) -> Iterator[Source]:
    """Yield every source of the inputs, in order. ``exclude``: a folder not to look into (the archive).

    ``wanted``: whether a file or member of this URI is to be read; of others nothing is yielded. ``light``:
    bytes that lie as they are in a tar of this machine may be left out (``Source.stretch`` says where).

    Raises ``InputError`` for an input that does not exist or holds nothing.
    """
    for text in inputs:
        if is_pypi(text):
            yield from (s for s in pypi_sources(text, max_bytes) if wanted(s.uri))
            continue
        if text.startswith(SIMULATED):
            yield from iter_sources(_simulated(text), exclude=exclude, max_bytes=max_bytes, wanted=wanted)
            continue
        if _is_web(text):
            if wanted(text):  # what another aircraft's address names is not even fetched
                yield from _sources(_Container(text, (_from_web(text),)), max_bytes, wanted)
            continue
        for container in _containers(_files(text, exclude)):
            yield from _sources(container, max_bytes, wanted, light=light)


def _simulated(text: str) -> tuple[str, ...]:
    """Return the folders of traces of a scenario, made now if they are not in the cache."""
    from waystation.store.simulated import simulated_folder, trace_folders

    return trace_folders(simulated_folder(Path(text.removeprefix(SIMULATED))))


def _is_web(text: str) -> bool:
    """Whether an INPUT is the address of a file on a web server."""
    return text.lower().startswith(("http://", "https://"))


def _from_web(url: str) -> Path:
    from waystation.store.web_inputs import web_file  # most runs need no network

    return web_file(url)


def read_sources(uris: Iterable[str]) -> Iterator[Source]:
    """Yield the sources behind ``sources.uri`` again, as they are now: to hash them anew or quote a record.

    Members of one tar are found in one pass; what cannot be found raises ``InputError``.
    """
    wanted: dict[str, set[str]] = {}
    for uri in uris:
        wanted.setdefault(uri.split("!/", 1)[0], set()).add(uri)
    for base, members in wanted.items():
        left = set(members)
        for source in iter_sources([base]):
            if source.uri in left:
                left.discard(source.uri)
                yield source
            if not left:
                break
        if left:
            raise InputError(f"{base} no longer holds {min(left)}; it held it when it was ingested")


def _files(text: str, exclude: Place | None) -> Sequence[Place]:
    if is_bucket(text):
        return _objects(text, exclude)
    if re.match(r"[a-z][a-z0-9]+://", text):
        raise UsageError(
            f"{text}: only http, https and s3 addresses are read; download it, then name the file"
        )
    path = Path(text).expanduser()
    if path.is_dir():
        found = _walk(path, exclude)
    elif path.is_file():
        found = [path]
    elif _GLOB.search(text):
        hits = sorted(Path(p) for p in glob.glob(str(path), recursive=True))  # noqa: PTH207 - Path.glob refuses absolute patterns
        found = [f for p in hits for f in (_walk(p, exclude) if p.is_dir() else [p])]
    else:
        raise InputError(f"{text}: no such file or folder")
    if not found:
        raise InputError(f"{text}: no files there")
    return [Path(os.path.abspath(p)) for p in dict.fromkeys(found)]  # noqa: PTH100 - symbolic links stay as named


def _objects(text: str, exclude: Place | None) -> list[Place]:
    """Objects that an address names: one, all below it, or those whose keys fit its ``*``."""
    before = _GLOB.split(text, maxsplit=1)[0]
    asked = S3Path.of(text)
    if before != text:
        some = S3Path.of(before.rpartition("/")[0]).rglob("*")
        found = [p for p in some if fnmatch.fnmatchcase(p.key, asked.key)]
    else:
        found = [asked] if asked.is_file() else list(asked.rglob("*"))
    out = f"{exclude}/" if isinstance(exclude, S3Path) else "\0"
    found = [p for p in found if not p.name.startswith(".") and not p.key.endswith("/")]
    kept: list[Place] = [p for p in found if not str(p).startswith(out)]
    if not kept:
        raise InputError(f"{text}: no objects there")
    return kept


def _walk(folder: Path, exclude: Place | None) -> list[Path]:
    found = []
    for here, folders, names in os.walk(folder):
        kept = [d for d in sorted(folders) if not d.startswith(".") and not _same(Path(here) / d, exclude)]
        folders[:] = kept
        found += [Path(here) / n for n in names if not n.startswith(".")]
    return sorted(p for p in found if p.is_file())


def _same(folder: Path, exclude: Place | None) -> bool:
    return isinstance(exclude, Path) and exclude.exists() and folder.samefile(exclude)


def _containers(files: Sequence[Place]) -> Iterator[_Container]:
    """Put the parts of a split tar together; naming one part names them all."""
    done: set[Place] = set()
    for path in files:
        if path in done:
            continue
        m = PART.match(path.name)
        if m is None:
            yield _Container(_uri(path), (path,))
            continue
        beside = listed(path.parent, "*")
        parts = [p for p in beside if (n := PART.match(p.name)) and n["stem"] == m["stem"]]
        done |= set(parts)
        yield _Container(_uri(parts[0]), tuple(parts))


def _sources(
    container: _Container, max_bytes: int, wanted: Wanted, *, light: bool = False
) -> Iterator[Source]:
    if len(container.paths) == 1 and not wanted(container.uri):
        return
    with joined(container.paths) as stream:
        head = stream.peek(BLOCK)[:BLOCK]
        if is_tar(head):
            lies = _stretches(container.paths)
            yield from tar_sources(stream, container.uri, max_bytes, wanted, lies, light=light)
            return
        packed = head.startswith(b"\x1f\x8b")
        zipped = is_zip(head) and len(container.paths) == 1
    if zipped and (whole := _file(container, container.paths[0], max_bytes)).data:
        yield from zip_sources(whole.data, container.uri, max_bytes, wanted)
        return
    if packed and is_tar(_unpacked_head(container.paths)):
        with joined(container.paths) as stream:
            yield from tar_sources(unpacked(stream), container.uri, max_bytes, wanted)
        return
    for path in container.paths:  # the name promised a tar; each part is judged as the file it is
        if wanted(_uri_in(container, path)):
            yield _file(container, path, max_bytes)


def _stretches(paths: tuple[Place, ...]) -> Callable[[int, int], tuple[str, int, int] | None]:
    """Return a function from first byte and length to where that is: a path, its first byte, the length.

    None for what lies across two parts, or not on this machine.
    """
    ends = list(accumulate(p.stat().st_size if isinstance(p, Path) else 0 for p in paths))

    def stretch(first: int, length: int) -> tuple[str, int, int] | None:
        part = bisect_right(ends, first)
        if part >= len(paths) or first + length > ends[part]:
            return None
        return str(paths[part]), first - (ends[part - 1] if part else 0), length

    return stretch if all(isinstance(p, Path) for p in paths) else lambda _first, _length: None


def _uri_in(container: _Container, path: Place) -> str:
    return container.uri if len(container.paths) == 1 else _uri(path)


def _file(container: _Container, path: Place, max_bytes: int) -> Source:
    uri, size = _uri_in(container, path), path.stat().st_size
    if size > max_bytes:
        note = ("too-big", f"{size} bytes, more than {max_bytes}; split it")
        return Source(uri, b"", file_sha256(path), (note,), refused=True)
    data = path.read_bytes()
    return Source(uri, data, sha256(data), mapping=told_beside(path, data))


def _uri(path: Place) -> str:
    """Return the path as text that a table can hold, also where its bytes are not UTF-8."""
    return str(path) if isinstance(path, S3Path) else os.fsencode(path).decode("utf-8", "replace")


def _unpacked_head(paths: tuple[Place, ...]) -> bytes:
    with joined(paths) as stream:
        return unpacked(stream).read(BLOCK)
