"""Eight bytes at a time: the one place where input is not read through ``byte``, with a check of its own.

A 64-bit word is tested for eight bytes at once (Mycroft 1987): of the flags that such a test raises, the
lowest is always true; those above it may not be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numba import config, types
from numba.core import cgutils
from numba.cpython.unsafe.numbers import trailing_zeros
from numba.extending import intrinsic

from waystation.ingest.compiled import Array, leaf

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["eight", "text_run"]

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
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        word = builder.bitcast(place, cgutils.voidptr_t.__class__(context.get_value_type(types.uint64)))
        return builder.load(word, align=1)

    return types.uint64(data, at), generate


def _slow_word(data: Array, at: int) -> np.uint64:
    return np.uint64(int.from_bytes(data[at : at + 8].tobytes(), "little"))


def _slow_zeros(word: np.uint64) -> int:
    return (int(word) & -int(word)).bit_length() - 1


eight: Callable[[Array, int], np.uint64] = _slow_word if config.DISABLE_JIT else _word
_zeros: Callable[[np.uint64], int] = _slow_zeros if config.DISABLE_JIT else trailing_zeros


@leaf
def text_run(data: Array, at: int) -> int:
    """Return the first place from ``at`` on that is a quote, a backslash, a control or beyond ASCII.

    The last seven bytes of the data are left to the caller, who goes on from the place returned.
    """
    while 0 <= at <= data.size - 8:
        word = eight(data, at)
        quotes, escapes = word ^ _QUOTES, word ^ _BACKSLASHES
        found = (
            ((quotes - _ONES) & ~quotes) | ((escapes - _ONES) & ~escapes) | ((word - _BLANKS) & ~word) | word
        ) & _HIGH
        if found != _NONE:
            return at + np.int64(np.uint64(_zeros(found)) >> _THREE)  # type: ignore[return-value]
        at += 8
    return at
