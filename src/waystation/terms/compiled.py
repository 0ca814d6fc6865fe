"""One way to compile kernels, so that a fresh clone waits as short as it can for them.

Numba makes three functions of one: the machine code, a way in from Python, and one for C. Nothing here goes
in from C; and a kernel that only other kernels call needs no way in from Python (``inner``). It also compiles
a callee once more for every constant that a caller hands over, or begins a loop with; here a constant is a
number like any other, and what is short is still drawn into its caller with the constant known.

What is compiled is kept on disk for later processes until anything in it changes (``kernel_stamps``).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from numba import njit
from numba.core import typeinfer, types
from numba.core.registry import CPUDispatcher

from waystation.terms.kernel_stamps import StampedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["kernel"]

P = ParamSpec("P")
R = TypeVar("R")


def _load_without_scipy() -> None:
    """Load the part of Numba that asks for SciPy's algebra, and have it answered that there is none.

    Loading that takes a sixth of a second of every process, for products of matrices and covariances, which
    no kernel uses. Nothing else is kept from SciPy.
    """
    asked = "scipy.linalg.cython_blas"
    if asked in sys.modules:
        return
    sys.modules[asked] = None  # type: ignore[assignment]  # Python's way to say that a module is not there
    try:
        import numba.np.arraymath  # noqa: F401
    finally:
        del sys.modules[asked]


_load_without_scipy()


def kernel(
    signature: str | None = None, *, inner: bool = False, cache: bool = True, **options: object
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator: compile a function at its first call, or now if ``signature`` names its types.

    ``cache``: later processes take it from Numba's cache. ``inner``: it can be called by kernels only.
    ``options``: as in ``numba.njit``.
    """
    whole = options | {"cache": cache, "no_cfunc_wrapper": True, "no_cpython_wrapper": inner}

    def compiled(function: Callable[P, R]) -> Callable[P, R]:
        made: Any = njit(**whole)(function)
        if isinstance(made, CPUDispatcher):  # not so where the compiler is switched off
            _widen(made)
            if cache:
                made._cache._cache_file = StampedFile(made._cache._cache_file, function)  # noqa: SLF001 - no public way
            if inner:
                made.__class__ = _Inner
            if signature is not None:
                with typeinfer.register_dispatcher(made):  # so that it can call itself
                    made.compile(signature)
                made.disable_compile()
        return cast("Callable[P, R]", made)

    return compiled


class _Inner(CPUDispatcher):  # type: ignore[misc]  # Numba has no types
    """A kernel without a way in from Python, where a call would end the process."""

    def __call__(self, *_args: object, **_kws: object) -> object:
        name = self.py_func.__name__
        raise TypeError(f"{name} is called by kernels only; its plain form is {name}.py_func")


def _widen(made: Any) -> None:  # noqa: ANN401 - the same
    """Have a kernel compiled for the types of what kernels hand over, not for each constant among it."""
    template, plain = made.get_call_template, cast("Any", types).unliteral

    def for_types(args: Sequence[Any], kws: Mapping[str, Any]) -> object:
        return template([plain(a) for a in args], {k: plain(a) for k, a in kws.items()})

    made.get_call_template = for_types
