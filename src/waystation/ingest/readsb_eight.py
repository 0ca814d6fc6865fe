"""Eight bytes at a time: the one place where input is not read through ``byte``, with a check of its own.

A 64-bit word is tested for eight bytes at once (Mycroft 1987): of the flags that such a test raises, the
lowest is always true; those above it may not be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import config, types
from numba.cpython.unsafe.numbers import trailing_zeros
from numba.extending import intrinsic

from waystation.ingest.compiled import Array, leaf

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["commas", "eight", "first_stop", "peek", "same_bytes", "stops", "text_run", "zeros"]

_ONES: Final = np.uint64(0x0101010101010101)
_HIGH: Final = np.uint64(0x8080808080808080)
_BLANKS: Final = np.uint64(0x2020202020202020)
_QUOTES: Final = np.uint64(0x2222222222222222)
_BACKSLASHES: Final = np.uint64(0x5C5C5C5C5C5C5C5C)
_THREE: Final = np.uint64(3)
_NONE: Final = np.uint64(0)


@intrinsic  # type: ignore[untyped-decorator]
def _word(_context: Any, data: Any, at: Any) -> Any:  # noqa: ANN401 - numba types
    """Load eight bytes from any place, the first one lowest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - the same
        return _load(64, context, builder, signature.args[0], arguments[0], arguments[1])

    return types.uint64(data, at), generate


@intrinsic  # type: ignore[untyped-decorator]
def _same_32(_context: Any, data: Any, at: Any, other: Any) -> Any:  # noqa: ANN401 - the same
    """Compare 32 bytes at two places: one instruction or two where the machine has wide words."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - the same
        array, *places = arguments
        one, two = (_load(256, context, builder, signature.args[0], array, p) for p in places)
        return builder.icmp_unsigned("==", one, two)

    return types.boolean(data, at, other), generate


@intrinsic  # type: ignore[untyped-decorator]
def _commas_64(_context: Any, data: Any, at: Any) -> Any:  # noqa: ANN401 - the same
    """Compare 64 bytes with a comma, a bit each, by words as wide as the machine has."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - the same
        many = ir.VectorType(ir.IntType(8), 64)
        found = _load(512, context, builder, signature.args[0], *arguments)
        same = builder.icmp_unsigned("==", builder.bitcast(found, many), ir.Constant(many, [44] * 64))
        return builder.bitcast(same, ir.IntType(64))

    return types.uint64(data, at), generate


def _load(bits: int, context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:  # noqa: ANN401 - the same
    data = context.make_array(kind)(context, builder, array).data
    place = builder.bitcast(builder.gep(data, [at]), ir.IntType(bits).as_pointer())
    return builder.load(place, align=1)


def _slow_word(data: Array, at: int) -> np.uint64:
    return np.uint64(int.from_bytes(data[at : at + 8].tobytes(), "little"))


def _slow_zeros(word: np.uint64) -> np.uint64:
    return np.uint64((int(word) & -int(word)).bit_length() - 1 if word else 64)


def _slow_same(data: Array, at: int, other: int) -> bool:
    return data[at : at + 32].tobytes() == data[other : other + 32].tobytes()


def _slow_commas(data: Array, at: int) -> np.uint64:
    return np.uint64(sum(1 << i for i in range(64) if data[at + i] == 44))


commas: Callable[[Array, int], np.uint64] = _slow_commas if config.DISABLE_JIT else _commas_64
eight: Callable[[Array, int], np.uint64] = _slow_word if config.DISABLE_JIT else _word
zeros: Callable[[np.uint64], np.uint64] = _slow_zeros if config.DISABLE_JIT else trailing_zeros
_same: Callable[[Array, int, int], bool] = _slow_same if config.DISABLE_JIT else _same_32


@leaf
def peek(data: Array, at: int) -> int:
    """Return a byte of a place that is known to lie within the data."""
    return np.int64(data[np.uint64(at)])  # type: ignore[return-value]


@leaf
def stops(word: np.uint64) -> np.uint64:
    """Return a flag on the first of eight bytes that is a quote, a backslash, a control or beyond ASCII."""
    quotes, escapes = word ^ _QUOTES, word ^ _BACKSLASHES
    return (
        ((quotes - _ONES) & ~quotes) | ((escapes - _ONES) & ~escapes) | ((word - _BLANKS) & ~word) | word
    ) & _HIGH


@leaf
def first_stop(found: np.uint64) -> int:
    """Return which of eight bytes the lowest flag is on."""
    return np.int64(zeros(found) >> _THREE)  # type: ignore[return-value]


@leaf
def text_run(data: Array, at: int) -> int:
    """Return the first place from ``at`` on that is a quote, a backslash, a control or beyond ASCII.

    The last seven bytes of the data are left to the caller, who goes on from the place returned.
    """
    while 0 <= at <= data.size - 8:
        found = stops(eight(data, at))
        if found != _NONE:
            return at + first_stop(found)
        at += 8
    return at


@leaf
def same_bytes(data: Array, at: int, other: int, n: int) -> bool:
    """Whether ``n`` ≥ 32 bytes are the same at two places, both of which end within the data."""
    last = n - 32
    i = 0
    while i < last:
        if not _same(data, at + i, other + i):
            return False
        i += 32
    return _same(data, at + last, other + last)
