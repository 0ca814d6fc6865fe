"""Headers of a tar that are plain enough to be read at one look; the library decodes all others.

A day has eighty thousand of them, all alike: a file with a short name, nothing long, linked or sparse.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

__all__ = ["plain_member"]

_SIZE: Final = 512
_PLAIN: Final = re.compile(  # all but the name has its width, so the name's hundred bytes are what is left
    rb"([!-~][ -~]{0,98})\0+"
    rb"(?:[0-7]{7}\0){3}([0-7]{11})[\0 ][0-7]{11}[\0 ]([0-7]{6})\0 0\0{100}"
    rb"ustar(?:  \0|\x0000)[\0-\x7f]{64}(?:[0-7]{7}\0|\0{8}){2}\0[\0-\x7f]{166}\Z"
)
_CHECKSUM: Final = slice(148, 156)  # counted as blanks
_BLANKS: Final = 8 * 32


def plain_member(block: bytes) -> tuple[str, int] | None:
    """Return name and size of the plain file whose header ``block`` is; None for anything else.

    What is taken here ``tarfile`` would decode to the same: the name alone, no link, no prefix.
    """
    found = _PLAIN.match(block)
    if found is None or len(block) != _SIZE:
        return None
    # the lower half of Adler-32 is one more than the sum of bytes; of so little ASCII that cannot overflow
    total = (zlib.adler32(block) & 0xFFFF) - 1 - sum(block[_CHECKSUM]) + _BLANKS
    return (found[1].decode("ascii"), int(found[2], 8)) if total == int(found[3], 8) else None
