"""Members of a tar, read as a stream: nothing is unpacked to disk, and nothing is believed.

The standard library ends quietly where a header is broken; a day with a missing part would look whole.
So the headers are walked here (the library still decodes each), and a tar says how it ended.
"""

from __future__ import annotations

import hashlib
import re
import tarfile
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Final

from waystation.store.batches import Source
from waystation.store.hashing import checksum, sha256
from waystation.store.tar_headers import plain_member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Wanted = Callable[[str], bool]
    Stretches = Callable[[int, int], tuple[str, int, int] | None]

__all__ = ["PART", "all_of_them", "is_tar", "leads_out", "refused", "tar_sources"]

BLOCK: Final = 512
PART: Final = re.compile(r"(?P<stem>.+\.tar(?:\.gz)?)\.(?P<part>[a-z]{2,3}|\d{2,3})\Z")  # a name
_PIECE: Final = 1 << 20
_NAME_LIMIT: Final = 1 << 16  # bytes of a long name or pax header: longer ones are an attack


def is_tar(head: bytes) -> bool:
    """Whether the first block is a tar header whose checksum holds."""
    try:
        tarfile.TarInfo.frombuf(head[:BLOCK], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def all_of_them(_uri: str) -> bool:
    """Yes: every file and member is wanted."""
    return True


def _nowhere(_first: int, _length: int) -> tuple[str, int, int] | None:
    return None


def tar_sources(
    stream: BinaryIO,
    uri: str,
    max_bytes: int,
    wanted: Wanted = all_of_them,
    stretch: Stretches = _nowhere,
    *,
    light: bool = False,
) -> Iterator[Source]:
    """Yield every file of the tar as a source ``uri!/member``, and what is refused as a refused source.

    Members that are not ``wanted`` by their URI are passed over, neither kept nor hashed. ``stretch``: from
    first byte in the tar and length to where that is in a file, or None. ``light``: small members that lie in
    a file come without their bytes.
    """
    name: str | None = None
    size: int | None = None
    at = 0  # bytes of the tar that were read
    window = memoryview(bytearray(_PIECE)) if light else memoryview(b"")
    while True:
        block = _exactly(stream, BLOCK)
        at += BLOCK
        if light and name is None and size is None and (plain := plain_member(block)) is not None:
            lies = stretch(at, plain[1]) if _fits(plain, window, max_bytes) else None
            full = f"{uri}!/{plain[0]}"
            if lies is not None and wanted(full):
                at += _padded(plain[1])
                yield _hashed(stream, full, lies, window)
                continue
        if block == bytes(BLOCK):
            return
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as e:
            text = f"the tar breaks off without its end mark ({e}): a part may be missing; the rest was kept"
            yield refused(f"{uri}!/", "truncated", text)
            return
        if info.type in {tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE}:
            extra = _content(stream, info.size, _NAME_LIMIT)[0]
            at += _padded(info.size)
            if info.type == tarfile.GNUTYPE_LONGNAME:
                name = extra.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
            else:
                pax = _pax(extra)
                name = pax.get("path", name)
                size = int(pax["size"]) if pax.get("size", "").isdigit() else size
            continue
        if info.type in {tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK}:
            _content(stream, info.size, 0)
            at += _padded(info.size)
            continue
        length = info.size if size is None else size
        for source in _member(stream, uri, info, name or info.name, length, max_bytes, wanted):
            here = None if source.refused or source.notes or not length else stretch(at, length)
            yield source if here is None else replace(source, stretch=here)
        at += 0 if info.issym() or info.islnk() else _padded(length)
        name, size = None, None


def _fits(plain: tuple[str, int], window: memoryview, max_bytes: int) -> bool:
    """Whether a member may be hashed at one go: of a size for that, and a name that needs no second look."""
    name, size = plain
    clear = not name.startswith("/") and ".." not in name and ":" not in name and "\\" not in name
    return clear and 0 < size <= min(len(window) - BLOCK, max_bytes)


def _hashed(stream: BinaryIO, uri: str, lies: tuple[str, int, int], window: memoryview) -> Source:
    """Return a member that lies in a file, without its bytes; with them where the tar ends in its midst."""
    size = lies[2]
    found = min(_into(stream, window[: _padded(size)]), size)
    digest = sha256(window[:found])
    if found == size:
        return Source(uri, b"", digest, stretch=lies, check=checksum(window[:found]))
    return Source(uri, bytes(window[:found]), digest, (_cut(size, found),))


def _into(stream: BinaryIO, room: memoryview) -> int:
    """Fill ``room``; return how much of it, less than all only where the stream ends."""
    done = 0
    while done < len(room) and (n := stream.readinto(room[done:])):  # type: ignore[attr-defined]
        done += n
    return done


def _cut(size: int, found: int) -> tuple[str, str]:
    return "truncated", f"the tar ends {size - found} bytes before this member does"


def _member(
    stream: BinaryIO,
    uri: str,
    info: tarfile.TarInfo,
    name: str,
    size: int,
    max_bytes: int,
    wanted: Wanted,
) -> Iterator[Source]:
    shown = name.encode("utf-8", "replace").decode()
    full = f"{uri}!/{shown}"
    if info.isdir():
        _content(stream, size, 0)
        return
    if not info.isreg() or info.issparse():
        kind = "a link" if info.issym() or info.islnk() else "not a plain file"
        _content(stream, 0 if info.issym() or info.islnk() else size, 0)
        yield refused(full, "unsafe-member", f"{shown} is {kind} (to {info.linkname!r}); it was not read")
        return
    if leads_out(name):
        _content(stream, size, 0)
        yield refused(full, "unsafe-member", f"{shown} leads out of the tar; it was not read")
        return
    if not wanted(full):
        _pass_over(stream, size)
        return
    data, digest, length = _content(stream, size, max_bytes)
    if length > max_bytes:
        yield Source(
            full, b"", digest, (("too-big", f"{length} bytes, more than {max_bytes}"),), refused=True
        )
        return
    yield Source(full, data, digest, (_cut(size, length),) if length < size else ())


def leads_out(name: str) -> bool:
    """Whether a member's name points elsewhere than below its container."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or any(p.endswith(":") for p in path.parts[:1])


def refused(uri: str, reason: str, text: str) -> Source:
    """Return a source that is not to be read, under a hash of what is said of it."""
    return Source(
        uri, b"", sha256(f"{uri} {text}".encode("utf-8", "replace")), ((reason, text),), refused=True
    )


def _padded(size: int) -> int:
    return size + -size % BLOCK


def _exactly(stream: BinaryIO, n: int) -> bytes:
    out = b""
    while len(out) < n and (piece := stream.read(n - len(out))):
        out += piece
    return out


def _pass_over(stream: BinaryIO, size: int) -> None:
    left = _padded(size)
    while left > 0 and (piece := stream.read(min(_PIECE, left))):
        left -= len(piece)


def _content(stream: BinaryIO, size: int, keep: int) -> tuple[bytes, str, int]:
    """Read ``size`` bytes and padding; return the bytes (none if more than ``keep``), hash and length."""
    digest = hashlib.sha256()
    pieces: list[bytes] = []
    done = 0
    while done < size and (piece := stream.read(min(_PIECE, size - done))):
        digest.update(piece)
        done += len(piece)
        if size <= keep:
            pieces.append(piece)
    _exactly(stream, -size % BLOCK)
    return b"".join(pieces), digest.hexdigest(), done


def _pax(data: bytes) -> dict[str, str]:
    """Read records ``LENGTH key=value``, a line each; anything else ends the reading."""
    out: dict[str, str] = {}
    while data:
        length, _, _ = data.partition(b" ")
        if not length.isdigit() or not 0 < int(length) <= len(data):
            break
        key, _, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        out[key.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        data = data[int(length) :]
    return out
