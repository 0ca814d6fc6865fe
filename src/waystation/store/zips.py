"""Members of a zip (KMZ is one), read in memory: nothing is unpacked to disk, and no name leads anywhere.

What a zip says of itself is not believed: its list of members is bounded before it is read, members may not
overlap, and each is unpacked piece by piece up to a limit.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from waystation.store.batches import Source
from waystation.store.hashing import sha256
from waystation.store.tars import all_of_them, leads_out, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waystation.store.tars import Wanted

__all__ = ["ZipRules", "is_zip", "zip_sources"]

_END: Final = struct.Struct("<4s4H2LH")  # end of the list of members; APPNOTE 4.3.16
_TAIL: Final = _END.size + (1 << 16)  # it may be followed by a remark
_PIECE: Final = 1 << 20
_OFFICE: Final = {"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"}
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, RuntimeError, LookupError
)  # fmt: skip


@dataclass(frozen=True)
class ZipRules:
    """How much one zip may hold."""

    max_list_bytes: int = 4 << 20  # of the list of members: some 50,000 names; memory has to hold them
    max_ratio: float = 200.0  # a KML packs 10 to 30 times; as for gzip
    ratio_from_bytes: int = 64 << 20  # below this even a bomb is harmless


def is_zip(head: bytes) -> bool:
    """Whether the first bytes are a zip's."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def zip_sources(
    data: bytes, uri: str, max_bytes: int, wanted: Wanted = all_of_them, rules: ZipRules = ZipRules()
) -> Iterator[Source]:
    """Yield every member as a source ``uri!/member``, and what is refused as a refused source."""
    try:
        _bounded(data, rules)
        z = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN as e:
        yield refused(f"{uri}!/", "corrupt-gzip", f"a zip whose list of members cannot be read: {e}")
        return
    members = [i for i in z.infolist() if not i.is_dir()]
    if not members:
        yield refused(f"{uri}!/", "empty-trace", "a zip without a file in it")
        return
    if office := sorted({i.filename for i in members} & _OFFICE):
        text = f"a file of an office program ({office[0]} in it), not a zip of tracks; save the table as CSV"
        yield refused(f"{uri}!/", "not-a-trace", text)
        return
    if sum(i.compress_size for i in members) > len(data):
        yield refused(f"{uri}!/", "too-big", "members of the zip overlap, as in a bomb; none was read")
        return
    left = max(rules.ratio_from_bytes, int(rules.max_ratio * len(data)))
    for info in sorted(members, key=lambda i: i.header_offset):
        source = _member(z, info, uri, min(max_bytes, left), wanted)
        if source is not None:
            left -= len(source.data)
            yield source


def _bounded(data: bytes, rules: ZipRules) -> None:
    """Raise ``BadZipFile`` where the list of members is longer than any real one, before it is read."""
    tail = data[-_TAIL:]
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise zipfile.BadZipFile("its end is missing; the file may be cut off")
    if b"PK\x06\x07" in tail[max(0, at - 20) : at]:
        raise zipfile.BadZipFile("it is of the 64-bit kind, for more than 4 GB; unzip it first")
    size = _END.unpack_from(tail, at)[5]
    if size > rules.max_list_bytes:
        raise zipfile.BadZipFile(f"its list of members has {size} bytes, more than {rules.max_list_bytes}")


def _member(z: zipfile.ZipFile, info: zipfile.ZipInfo, uri: str, limit: int, wanted: Wanted) -> Source | None:
    shown = info.filename.encode("utf-8", "replace").decode()
    full = f"{uri}!/{shown}"
    if leads_out(info.filename):
        return refused(full, "unsafe-member", f"{shown} leads out of the zip; it was not read")
    if info.flag_bits & 1:
        return refused(full, "not-a-trace", f"{shown} is encrypted; unzip it with its password first")
    if not wanted(full):
        return None
    try:
        data = _unpacked(z, info, limit)
    except _BROKEN as e:
        return refused(full, "corrupt-gzip", f"{shown} cannot be unpacked: {e}")
    if data is None:
        return refused(full, "too-big", f"{shown} unpacks to more than {limit} bytes; unzip it and split it")
    return Source(full, data, sha256(data))


def _unpacked(z: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes | None:
    """Return the content, or None where there is more than ``limit``."""
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise zipfile.BadZipFile("it is packed in a way that is rare in zips; pack it anew")
    pieces, done = [], 0
    with z.open(info) as f:
        while piece := f.read(_PIECE):
            pieces.append(piece)
            done += len(piece)
            if done > limit:
                return None
    return b"".join(pieces)
