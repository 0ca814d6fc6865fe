"""Seeded damage: what disks, editors, spreadsheets, cut connections and ill will do to a file."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
EXTREMES = [b"0", b"-0", b"NaN", b"Infinity", b"-1", b"1e308", b"1e999", b"9" * 40, b"-9223372036854775809", b"", b"null", b"780e12", b"7.8E+14", b"0x41", b'"', b"[[[[", b"{}", b"true", b"\xf0\x9f\x9b\xab", b"\xff\xfe", b"\x00"]  # fmt: skip
MARKS = [b"\x1a\x33", b"Obj\x01", b"PAR1", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"<a>" * 200, b"[" * 2000, b"\x9d\x7c\x7f\x0e" * 4, b"\x1f\x8b\x08", b"MSG,3,", b"*8D;", b"\n" * 50, b"," * 500]  # fmt: skip


def flip(data: bytearray, dice: random.Random) -> bytearray:
    """Change single bits."""
    for _ in range(dice.choice((1, 1, 2, 8, 64))):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return data


def overwrite(data: bytearray, dice: random.Random) -> bytearray:
    """Write noise over a stretch."""
    at, n = dice.randrange(len(data)), dice.choice((1, 4, 16, 256))
    data[at : at + n] = dice.randbytes(min(n, len(data) - at))
    return data


def cut(data: bytearray, dice: random.Random) -> bytearray:
    """Lose the end, the beginning or the middle."""
    a, b = sorted((dice.randrange(len(data) + 1), dice.randrange(len(data) + 1)))
    return dice.choice((data[:a], data[a:], data[:a] + data[b:]))


def repeat(data: bytearray, dice: random.Random) -> bytearray:
    """Write a stretch twice or many times."""
    a = dice.randrange(len(data))
    piece = data[a : a + dice.choice((1, 8, 64, 1024))]
    return data[:a] + piece * dice.choice((1, 2, 50)) + data[a:]


def insert(data: bytearray, dice: random.Random) -> bytearray:
    """Put in what other formats, bombs and encodings look like."""
    a = dice.randrange(len(data) + 1)
    return data[:a] + dice.choice(MARKS) + data[a:]


def extreme(data: bytearray, dice: random.Random) -> bytearray:
    """Replace numbers by what no field should hold."""
    found = list(NUMBER.finditer(bytes(data)))
    for m in sorted(dice.sample(found, min(len(found), dice.choice((1, 3, 20)))), key=lambda m: -m.start()):
        data[m.start() : m.end()] = dice.choice(EXTREMES)
    return data


def swap(data: bytearray, dice: random.Random) -> bytearray:
    """Lines or stretches in another order."""
    lines = data.split(b"\n")
    if len(lines) > 3:
        dice.shuffle(lines)
        return bytearray(b"\n".join(lines))
    third = len(data) // 3
    return data[third : 2 * third] + data[:third] + data[2 * third :]


WAYS: Sequence[Callable[[bytearray, random.Random], bytearray]] = (flip, flip, overwrite, cut, repeat, insert, extreme, extreme, swap)  # fmt: skip


JUNK = [None, True, "x", {}, [], float("inf"), float("nan"), -1, 10**30, "ground", "1e5", [[]], {"a": 1}, "\ud800", 7.8e14, "780e12"]  # fmt: skip


def changed(value: object, dice: random.Random) -> object:
    """Keep the form of JSON; some values become junk, some keys are lost."""
    if dice.random() < 0.02:
        return dice.choice(JUNK)
    if isinstance(value, dict):
        return {k: changed(v, dice) for k, v in value.items() if dice.random() > 0.01}
    return [changed(v, dice) for v in value] if isinstance(value, list) else value


def reformed(data: bytes, dice: random.Random) -> bytes | None:
    """Damage the values, not the form, of JSON and Parquet; None for other bytes."""
    if data.startswith(b"PAR1"):
        return retyped(data, dice)
    try:
        return b"\n".join(json.dumps(changed(json.loads(x), dice)).encode() for x in data.splitlines())
    except ValueError:
        return None


def retyped(data: bytes, dice: random.Random) -> bytes:
    """Write some columns of a Parquet as another type, with holes, or not at all."""
    table = pq.read_table(io.BytesIO(data))
    for name in table.schema.names:
        column = table[name].to_pylist()
        other = dice.choice(
            [None, None, None, [str(x) for x in column], [dice.choice(JUNK[:3]) and None for _ in column], [[1]] * len(column), [dice.randrange(-(2**40), 2**40) for _ in column], [b"\xff"] * len(column), [dice.choice((float("nan"), float("inf"), 1e300)) for _ in column]]
        )  # fmt: skip
        if other is not None and dice.random() < 0.4:
            table = table.set_column(table.schema.get_field_index(name), name, pa.array(other))
        elif dice.random() < 0.02:
            table = table.drop_columns([name])
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def mutate(data: bytes, dice: random.Random) -> bytes:
    """Return ``data`` damaged in one to three ways; half of what has a form keeps it."""
    whole = reformed(data, dice) if dice.random() < 0.5 else None
    if whole is not None:
        return whole
    out = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 3))):
        if out:
            out = dice.choice(WAYS)(out, dice)
    return bytes(out)
