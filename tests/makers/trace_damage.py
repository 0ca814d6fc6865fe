"""Seeded damage to readsb traces: what a fast reader might take for plain and should not, or the reverse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
TEXT = re.compile(rb'"[^"]*"')
NUMBERS = [
    b"0", b"-0", b"-0.0", b"0.000", b"00", b"01.5", b"1.", b".5", b"+1", b"1e3", b"1E-2", b"1e999", b"NaN",
    b"-Infinity", b"9" * 15, b"9" * 17, b"9" * 18, b"9" * 19, b"9" * 40, b"0." + b"1" * 17, b"0." + b"3" * 30,
    b"9007199254740993", b"9007199254740992", b"123456789.123456789", b"90", b"90.0000001", b"-180", b"180.5",
    b"0.001", b"0.0010001", b"360", b"359.99999", b"359.999999999", b"-0.1", b"100000", b"100000.4", b"100001",
    b"-2000.5", b"4096", b"4096.1", b"32768", b"-32768.5", b"15.4", b"15.6", b"32767.4", b"65536", b"1e400",
    b"null", b"true", b"false", b'"12"', b'"ground"', b'"ground "', b"[]", b"{}", b"[[1]]", b"nul", b"nulll", b"",
]  # fmt: skip
TEXTS = [
    b'"ground"', b'""', b'" "', b'"nan"', b'"NULL"', b'"-"', b'"ABCDEFGH"', b'"ABCDEFGHI"', b'"  AB  "', b"null",
    b'"7700"', b'"8000"', b'"0"', b'"0000"', b'"12.0"', b'"adsb_icao"', b'"adsb_icao_nt"', b'"mlat"', b'"tisb_trackfile"',
    b'"tisb_trackfile2"', b'"adsb_icaoadsb_icao"', b'"a\\u0062c"', b'"a\\"b"', b'"\xc3\xa9"', b'"\xff"', b'"a\tb"', b'"\x7f"',
    b'"flight"', b'"squawk"', b'"nic"', b'"nac_p"', b'"type"', b'"trace"', b'"icao"', b'"timestamp"', b'"' + b"x" * 300 + b'"',
    b"12", b"true", b"{}", b"[]",
]  # fmt: skip
PIECES = [
    b" ", b"\n", b"\t", b"\r", b"\x0b", b"\x00", b",", b"]", b"[", b"}", b"{", b'"', b"\\", b"null", b",null", b"[" * 70,
    b'{"a":[{"b":[]}]}', b',{"a":1}', b"[1,2,3],", b'"trace":[],', b'"icao":"abcdef",', b"\xef\xbb\xbf", b"1", b".", b"-", b"e5",
]  # fmt: skip


def damaged(data: bytes, dice: random.Random) -> bytes:
    """Return ``data`` with one to three wounds; half of them keep the form of JSON."""
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        data = _wounded(data, dice)
    return data


def _wounded(data: bytes, dice: random.Random) -> bytes:
    way = dice.randrange(8)
    if not data:
        return b"{"
    at = dice.randrange(len(data))
    if way == 0:
        return data[:at] + bytes([data[at] ^ (1 << dice.randrange(8))]) + data[at + 1 :]
    if way == 1:
        return data[:at] if dice.random() < 0.3 else data[:at] + data[at + dice.choice((1, 3, 40)) :]
    if way == 2:
        return data[:at] + dice.choice(PIECES) + data[at:]
    if way == 3:
        a, b = sorted((at, dice.randrange(len(data))))
        return data[:b] + data[a : b + 1] + data[b:]
    return _replaced(data, *((TEXT, TEXTS) if way == 4 else (NUMBER, NUMBERS)), dice)


def _replaced(data: bytes, pattern: re.Pattern[bytes], by: list[bytes], dice: random.Random) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return data
    hit = dice.choice(found)
    return data[: hit.start()] + dice.choice(by) + data[hit.end() :]
