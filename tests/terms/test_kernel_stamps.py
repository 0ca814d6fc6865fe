"""A kernel is compiled anew when what is compiled into it changes, in whatever file that stands, and else not."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from enum import IntEnum
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import waystation
from waystation.terms.compiled import kernel
from waystation.terms.kernel_stamps import StampedFile, stamp

PACKAGE = Path(waystation.__file__).parent
CALLER = """
from parcel.limits import MOST
from parcel.callee import more
from parcel.untouched import spare
from waystation.terms.compiled import kernel

@kernel()
def least(value):
    return min(more(value), MOST)

if __name__ == "__main__":
    print(least(1), sum(least.stats.cache_misses.values()))
"""
CALLEE = """
from waystation.terms.compiled import kernel

@kernel(inner=True)
def more(value):
    return value + {by}
"""


def test_a_change_of_another_file_reaches_the_kernel(tmp_path: Path) -> None:
    parcel = tmp_path / "parcel"
    parcel.mkdir()
    (parcel / "caller.py").write_text(CALLER)

    def told(by: int, most: int, spare: int) -> tuple[int, int]:
        (parcel / "callee.py").write_text(CALLEE.format(by=by))
        (parcel / "limits.py").write_text(f"MOST = {most}\n")
        (parcel / "untouched.py").write_text(f"spare = {spare}\n")
        where = {"PYTHONPATH": f"{tmp_path}:{PACKAGE.parent}", "NUMBA_DISABLE_JIT": "0"}
        command = [sys.executable, "-B", "-m", "parcel.caller"]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | where, check=True)
        value, compiled = map(int, done.stdout.split())
        return value, compiled

    assert told(by=1, most=9, spare=0) == (2, 1)
    assert told(by=1, most=9, spare=1) == (2, 0)  # nothing that it names
    assert told(by=2, most=9, spare=1) == (3, 1)  # a kernel that it calls
    assert told(by=2, most=1, spare=1) == (1, 1)  # a constant


class Kind(IntEnum):
    """Something that a kernel may name."""

    FIRST = 1


class Other(IntEnum):
    """The same with another value."""

    FIRST = 2


def _named(value: object, name: str = "limit") -> str:
    """Return the stamp of a function that names ``value``."""
    there: dict[str, Any] = {"limit": 0, name: value, "__name__": "made"}
    exec("def plain(v):\n    return v < limit.field\n", there)
    return stamp(there["plain"])


def _module(**held: object) -> ModuleType:
    made = ModuleType("made.elsewhere")
    vars(made).update(held)
    return made


@kernel()
def _one(v: float) -> float:
    return v + 1


@kernel(error_model="numpy")
def _one_otherwise(v: float) -> float:
    return v + 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1, 2),
        (1, 1.0),
        (1, np.uint64(1)),
        ("a", "b"),
        ((1, (2, 3)), (1, (2, 4))),
        (np.arange(3), np.arange(3) + 1),
        (np.arange(3), np.arange(3.0)),
        ({"a": 1}, {"a": 2}),
        (frozenset({1}), frozenset({2})),
        (Kind, Other),
        (_module(field=1), _module(field=2)),
        (_one, _one_otherwise),
    ],
)
def test_a_constant_of_another_value_or_kind_is_a_change(before: object, after: object) -> None:
    assert _named(before) == _named(before)
    assert _named(before) != _named(after)


def test_what_is_not_named_is_no_change() -> None:
    assert _named(1, "beside") == _named(2, "beside")
    assert _named(_module(field=1, beside=1)) == _named(_module(field=1, beside=2))


def test_nothing_is_named_whose_change_could_not_be_told() -> None:
    with pytest.raises(TypeError, match="cannot be told"):
        _named(object())


def test_two_that_call_each_other_have_a_stamp() -> None:
    there: dict[str, Any] = {"__name__": "made"}
    exec("def one(v):\n    return two(v)\ndef two(v):\n    return one(v)\n", there)
    before = stamp(there["one"])
    again: dict[str, Any] = {"__name__": "made"}
    exec("def one(v):\n    return two(v)\ndef two(v):\n    return one(v + 1)\n", again)
    assert before != stamp(again["one"])


def test_every_kernel_of_the_program_has_a_stamp() -> None:
    texts = {path: path.read_text() for path in PACKAGE.rglob("*.py")}
    assert [p.name for p, text in texts.items() if "njit" in text] == ["compiled.py"]
    seen = 0
    for path, text in texts.items():
        if "compiled import" not in text:
            continue
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for held in vars(importlib.import_module(name)).values():
            kept = getattr(held, "_cache", None)
            if hasattr(held, "py_func"):
                seen += 1
                assert len(stamp(held.py_func)) == 64
                assert not hasattr(kept, "_cache_file") or isinstance(kept._cache_file, StampedFile)
    assert seen > 200
