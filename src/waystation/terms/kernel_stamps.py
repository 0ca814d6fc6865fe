"""What a compiled kernel was made of: when that changes, the cache on disk must not hand the old one out.

Numba looks at the file of the kernel itself. But what a kernel calls is compiled into it, and so is every
constant that it names, wherever they stand. The stamp here is made of just these, function by function: the
code, and the constants by value. Nothing is read from disk for it, and a change elsewhere compiles nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType, NoneType
from typing import Any, Final, TypeAlias

import numpy as np
from numba.core import types
from numba.core.caching import IndexDataCacheFile
from numba.core.registry import CPUDispatcher
from numba.extending import _Intrinsic

__all__ = ["StampedFile", "stamp"]

Function: TypeAlias = Callable[..., Any]

_OTHERS: Final = frozenset({"builtins", "llvmlite", "math", "numba", "numpy"})  # as installed
_SPELT: Final = (NoneType, bool, int, float, complex, str, bytes, np.generic, Enum, types.Type)
_NAMED: Final = (BuiltinFunctionType, FunctionType, ModuleType, _Intrinsic, np.ufunc)


class StampedFile(IndexDataCacheFile):  # type: ignore[misc]  # Numba has no types
    """The index of one kernel's cache, which also asks for the stamp of all that is compiled into it."""

    def __init__(self, found: Any, function: Function) -> None:  # noqa: ANN401 - the same
        self.__dict__.update(vars(found))
        self._of_file = vars(found)["_source_stamp"]
        self._function = function

    @property
    def _source_stamp(self) -> tuple[object, str]:
        return self._of_file, stamp(self._function)  # at the first call: what is named below stands by then


@cache
def stamp(function: Function) -> str:
    """Return a digest of a function, of all that it calls and of every constant among that."""
    reached, waiting = {function}, [function]
    while waiting:
        for other in _own(waiting.pop())[1] - reached:
            reached.add(other)
            waiting.append(other)
    return hashlib.sha256("\n".join(sorted(_own(f)[0] for f in reached)).encode()).hexdigest()


@cache
def _own(function: Function) -> tuple[str, frozenset[Function]]:
    """Return a digest of a function's code and constants, and the functions that it names."""
    calls: set[Function] = set()
    inside = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    found = function.__globals__ | {name: cell.cell_contents for name, cell in inside}
    names = sorted(_names(function.__code__) - {function.__name__})
    text = [function.__qualname__, repr(function.__defaults__), *_code(function.__code__)]
    text += [f"{name} = {_value(found[name], names, calls)}" for name in names if name in found]
    return hashlib.sha256("\n".join(text).encode()).hexdigest(), frozenset(calls)


def _names(code: CodeType) -> set[str]:
    names = {*code.co_names, *code.co_freevars}
    return names.union(*(_names(c) for c in code.co_consts if isinstance(c, CodeType)))


def _code(code: CodeType) -> Iterator[str]:
    yield repr((code.co_code, code.co_names, code.co_varnames, code.co_argcount))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        else:
            yield _value(constant, [], set())


def _value(value: Any, names: list[str], calls: set[Function]) -> str:  # noqa: ANN401, C901, PLR0911 - whatever is named
    """Return what says whether a named thing is still the same; what can be called is added to ``calls``."""
    if isinstance(value, CPUDispatcher):
        calls.add(value.py_func)
        return f"kernel {sorted(value.targetoptions.items())}"
    if isinstance(value, _NAMED) and _module(value) in _OTHERS:
        return value.__name__
    if isinstance(value, _Intrinsic):
        calls.add(value._defn)  # noqa: SLF001 - there is no public way
        return "intrinsic"
    if isinstance(value, FunctionType):
        calls.add(value)
        return "function"
    if isinstance(value, ModuleType):
        held = vars(value)
        return "\n".join(f"{n} = {_value(held[n], names, calls)}" for n in names if n in held)
    if isinstance(value, np.ndarray):
        return f"{value.dtype.str} {value.shape} {value.tobytes().hex()}"
    if isinstance(value, tuple | list):
        return f"({', '.join(_value(v, names, calls) for v in value)})"
    if isinstance(value, dict):
        return _value(list(value.items()), names, calls)
    if isinstance(value, frozenset | set):
        return f"{{{', '.join(sorted(_value(v, names, calls) for v in value))}}}"
    if isinstance(value, type) and issubclass(value, Enum):
        return repr([(m.name, m.value) for m in value])
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__} {getattr(value, '_fields', '')}"
    if isinstance(value, _SPELT):
        return f"{type(value).__qualname__} {value!r}"
    raise TypeError(f"whether {value!r} changed cannot be told: a kernel may not name it")


def _module(value: Any) -> str:  # noqa: ANN401 - the same
    """Return which package something is from."""
    whole = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return (whole or "numpy").partition(".")[0]  # ufuncs do not say
