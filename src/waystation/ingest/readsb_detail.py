"""The short way through the details of a record: by words of eight bytes, and by what the last details said.

Most details end as the ones before them in the file did, a hundred bytes and more, letter for letter. What
was read once from a key to the closing bracket means the same when it stands there again: it is compared,
not read (``memory``). Anything unusual is ``STRANGE`` and goes the long way, as in ``readsb_quick``.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from waystation.ingest.compiled import Array, leaf
from waystation.ingest.readsb_columns import CALLSIGN, NAC_P, NIC, NOTHING, SQUAWK
from waystation.ingest.readsb_digits import ROOM, few_digits, few_digits_end
from waystation.ingest.readsb_eight import eight, first_stop, peek, same_bytes, stops, text_run, zeros
from waystation.ingest.readsb_json import (
    CLOSE_OBJECT,
    COLON,
    COMMA,
    OPEN_LIST,
    OPEN_OBJECT,
    QUOTE,
    STRANGE,
    literal,
    skip,
    text_end,
)
from waystation.ingest.readsb_words import word_code

__all__ = ["MEMORY", "kind_words", "quick_detail", "quick_kind"]

MEMORY: Final = (3, 5)  # three places to go on from; where, how long, keys seen, nic, nac_p
_START, _LENGTH, _KEYS, _NIC, _NAC = range(5)
_FLIGHT, _SQUAWK, _NIC_KEY, _NAC_KEY, _TYPE = 1, 2, 4, 8, 16  # keys whose values are read
_SHORTEST: Final = 32  # bytes worth comparing
_NONE: Final = np.uint64(0)


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


def _mask(n: int) -> np.uint64:
    return np.uint64((1 << 8 * n) - 1)


_EMERGENCY, _CATEGORY = _word(b"emergenc"), _word(b"category")
_NAC_V = _word(b'nac_v"')
_KEY_FLIGHT, _KEY_SQUAWK, _KEY_NIC = _word(b'flight"'), _word(b'squawk"'), _word(b'nic"')
_KEY_NAC, _KEY_TYPE, _NULL = _word(b'nac_p"'), _word(b'type"'), _word(b"null")
_4, _5, _6, _7 = (_mask(n) for n in (4, 5, 6, 7))


def kind_words(kinds: tuple[str, ...]) -> Array:
    """Return for each kind, in its quotes, two words of eight bytes, what of them counts, and its length."""
    out = []
    for kind in kinds:
        text = f'"{kind}"'.encode()
        assert len(text) <= 16
        n = len(text)
        out.append([_word(text[:8]), _mask(min(n, 8)), _word(text[8:]), _mask(max(n - 8, 0)), np.uint64(n)])
    return np.array(out, dtype=np.uint64)


@leaf
def quick_kind(data: Array, at: int, words: Array, last: int) -> tuple[int, int]:
    """Return the place after a kind in quotes, and its code; ``last``: the one that is tried first."""
    one, two = eight(data, at), eight(data, at + 8)
    if (
        last < words.shape[0]
        and one & words[last, 1] == words[last, 0]
        and two & words[last, 3] == words[last, 2]
    ):
        return at + np.int64(words[last, 4]), last  # type: ignore[return-value]
    for kind in range(words.shape[0]):
        if one & words[kind, 1] == words[kind, 0] and two & words[kind, 3] == words[kind, 2]:
            return at + np.int64(words[kind, 4]), kind  # type: ignore[return-value]
    return STRANGE, NOTHING


@leaf
def _key_end(data: Array, at: int, word: np.uint64, limit: int) -> int:
    """Return the place of the quote that closes a key, of which ``word`` are the first bytes."""
    found = stops(word)
    end = text_run(data, at + 8) if found == _NONE else at + first_stop(found)
    return end if end < limit and peek(data, end) == QUOTE else STRANGE


@leaf
def _watched(word: np.uint64) -> int:
    if word & _7 == _KEY_FLIGHT:
        return _FLIGHT
    if word & _7 == _KEY_SQUAWK:
        return _SQUAWK
    if word & _4 == _KEY_NIC:
        return _NIC_KEY
    if word & _6 == _KEY_NAC:
        return _NAC_KEY
    return _TYPE if word & _5 == _KEY_TYPE else 0


@leaf
def _short_text(data: Array, at: int) -> tuple[int, np.uint64]:
    """Return the place after a text of at most eight bytes in quotes, and its bytes, the first one lowest."""
    word = eight(data, at + 1)
    found = stops(word)
    if found == _NONE:
        return (at + 10 if peek(data, at + 9) == QUOTE else STRANGE), word
    bits = zeros(found) & np.uint64(0x38)
    end = at + 1 + first_stop(found)
    return (end + 1 if peek(data, end) == QUOTE else STRANGE), word & ((np.uint64(1) << bits) - np.uint64(1))


@leaf
def _any(data: Array, at: int) -> int:
    b = peek(data, at)
    if b == QUOTE:
        end = text_end(data, at + 1)
        return STRANGE if end < 0 else end + 1
    if b <= 57:
        return few_digits_end(data, at)
    if b == OPEN_LIST or b == OPEN_OBJECT:  # noqa: PLR1714, SIM109 - a tuple here costs the kernel
        return skip(data, at)
    return literal(data, at)


@leaf
def quick_detail(  # noqa: C901, PLR0911, PLR0912, PLR0915 - a kernel is one function, or slow
    data: Array, at: int, row: int, last: int, ints: Array, smalls: Array, words: Array,
    tables: tuple[Array, ...], memory: Array,
) -> tuple[int, int]:  # fmt: skip
    """Read the details whose bracket is at ``at``; return the place after and the code of their type.

    ``memory``: of the same document only; its rows say where a part of earlier details stands that was read
    from a key to the closing bracket, and what it said.
    """
    limit = data.size - ROOM
    heard, seen, nic, nac = NOTHING, 0, NOTHING, NOTHING
    first, first_seen, second, second_seen, third, third_seen = (
        -1,
        0,
        -1,
        0,
        -1,
        0,
    )  # where this one passes them
    if peek(data, at) != OPEN_OBJECT:
        return STRANGE, heard
    while True:
        at += 1
        if at >= limit or peek(data, at) != QUOTE:
            return STRANGE, heard
        word = eight(data, at + 1)
        slot = -1
        if word == _EMERGENCY or word == _CATEGORY:  # noqa: PLR1714, SIM109 - the same
            if first < 0:
                first, first_seen, slot = at, seen, 0
        elif word & _4 == _KEY_NIC and second < 0:
            second, second_seen, slot = at, seen, 1
        elif word & _6 == _NAC_V and third < 0:
            third, third_seen, slot = at, seen, 2
        if slot >= 0:
            n, keys = memory[slot, _LENGTH], memory[slot, _KEYS]
            if (
                n > 0
                and at + n <= limit
                and not seen & keys
                and same_bytes(data, memory[slot, _START], at, n)
            ):
                if keys & _NIC_KEY:
                    nic = memory[slot, _NIC]
                if keys & _NAC_KEY:
                    nac = memory[slot, _NAC]
                seen |= keys
                at += n
                break
        end = _key_end(data, at + 1, word, limit)
        if end < 0 or peek(data, end + 1) != COLON:
            return STRANGE, heard
        which = _watched(word)
        at = end + 2
        if which & seen:
            return STRANGE, heard
        seen |= which
        if which == 0:
            at = _any(data, at)
        elif eight(data, at) & _4 == _NULL:
            at += 4
        elif which <= _SQUAWK:
            if peek(data, at) != QUOTE:
                return STRANGE, heard
            at, text = _short_text(data, at)
            if at < 0:
                return STRANGE, heard
            if which == _FLIGHT:
                code = word_code(text, tables[0], tables[1], tables[2], tables[3])
                ints[CALLSIGN, row] = code
            else:
                code = word_code(text, tables[4], tables[5], tables[6], tables[7])
                ints[SQUAWK, row] = code
            if code < 0:
                return STRANGE, heard
        elif which == _TYPE:
            at, heard = quick_kind(data, at, words, last)
        else:
            at, whole, places = few_digits(data, at)
            if places:
                return STRANGE, heard
            value = whole if 0 <= whole <= 15 else NOTHING
            if which == _NIC_KEY:
                nic = value
            else:
                nac = value
        if at < 0 or at >= limit:
            return STRANGE, heard
        b = peek(data, at)
        if b == CLOSE_OBJECT:
            at += 1
            break
        if b != COMMA:
            return STRANGE, heard
    smalls[NIC, row], smalls[NAC_P, row] = nic, nac
    _remember(memory, 0, first, at, seen & ~first_seen, nic, nac)
    _remember(memory, 1, second, at, seen & ~second_seen, nic, nac)
    _remember(memory, 2, third, at, seen & ~third_seen, nic, nac)
    return at, heard


@leaf
def _remember(memory: Array, slot: int, start: int, end: int, keys: int, nic: int, nac: int) -> None:
    if start >= 0 and end - start >= _SHORTEST and not keys & ~(_NIC_KEY | _NAC_KEY):
        memory[slot, _START], memory[slot, _LENGTH], memory[slot, _KEYS] = start, end - start, keys
        memory[slot, _NIC], memory[slot, _NAC] = nic, nac
