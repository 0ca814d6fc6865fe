"""Is what came what was asked for? Judged by the content; status 200 is no proof of anything."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from typing import TYPE_CHECKING, Final

from waystation.store.tars import is_tar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from waystation.store.fetch_rules import Wanted

__all__ = ["fault_of_content", "fault_of_headers"]

_MAX_UNPACKED: Final = 512 << 20  # of a trace: twenty times the largest
_PAGE: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml|script)", re.IGNORECASE)
_HTML: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|script)", re.IGNORECASE)
_BROWSER: Final = "the site may want a browser or a login: look at the address in one, or take another source"
_PACKED: Final = b"\x1f\x8b"


def fault_of_headers(headers: Mapping[str, str]) -> str | None:
    """Say what is wrong with an answer before its body is read; None if nothing is."""
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if kind in {"text/html", "application/xhtml+xml"}:
        return f"a web page ({kind}) instead of data; {_BROWSER}"
    if kind.startswith(("image/", "video/", "audio/", "text/css", "text/javascript")):
        return f"content type {kind} instead of data"
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"identity", "gzip", "x-gzip", ""}:
        return f"content encoding {coding}, which was not asked for"
    return None


def fault_of_content(path: Path, wanted: Wanted) -> str | None:
    """Say what is wrong with a file that is complete by its length; None if nothing is."""
    size = path.stat().st_size
    if size == 0:
        return "an empty file"
    if wanted.size is not None and size != wanted.size:
        return f"{size} bytes where the list of files says {wanted.size}"
    with path.open("rb") as f:
        head = f.read(1024)
    if (_HTML if wanted.check == "file" else _PAGE).match(head):
        return f"a web page instead of data, though the status is 200; {_BROWSER}"
    if wanted.check in {"part", "file"}:
        return None
    if wanted.check == "tar":
        return None if is_tar(head) or head.startswith(_PACKED) else "no tar, though it is named so"
    return _fault_of_json(path, wanted)


def _fault_of_json(path: Path, wanted: Wanted) -> str | None:
    data = path.read_bytes()
    if data.startswith(_PACKED):
        try:
            data = _unpacked(data)
        except (OSError, EOFError, zlib.error, ValueError) as error:
            return f"gzip that breaks off or breaks its own checksum ({error})"
        if _PAGE.match(data[:1024]):
            return f"a web page instead of data, though the status is 200; {_BROWSER}"
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        return f"no JSON ({error})"
    if wanted.check != "trace":
        return None
    if not isinstance(document, dict) or not isinstance(document.get("trace"), list):
        return "JSON without a trace"
    named = str(document.get("icao", "")).lower()
    return None if named == wanted.address else f"the trace of {named!r}, not of {wanted.address}"


def _unpacked(data: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as f:
        out = f.read(_MAX_UNPACKED + 1)
    if len(out) > _MAX_UNPACKED:
        raise ValueError(f"it unpacks to more than {_MAX_UNPACKED >> 20} MB")
    return out
