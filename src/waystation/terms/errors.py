"""One tree of errors. A message carries the values and says what to do next.

WaystationError
├── InputError        a file or its content is at fault            (exit 1)
│   ├── FormatError   not a format we read, or a broken one
│   └── CaseError     the case file says something impossible
├── ArchiveError      the archive on disk is not what it should be (exit 1)
├── NetworkError      something could not be downloaded            (exit 1)
└── UsageError        the command was called wrongly               (exit 2)
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ArchiveError",
    "CaseError",
    "FormatError",
    "InputError",
    "NetworkError",
    "UsageError",
    "WaystationError",
    "choice_remedy",
]


class WaystationError(Exception):
    """Anything that a user can mend. ``exit_code`` is what the command line returns."""

    exit_code = 1


class InputError(WaystationError):
    """A fault in the input: names file, place and remedy."""


class FormatError(InputError):
    """The bytes are of no known format, or break the rules of theirs."""


class CaseError(InputError):
    """The case file names something that does not exist or cannot be."""


class ArchiveError(WaystationError):
    """The archive or an output folder does not hold what it should."""


class NetworkError(WaystationError):
    """A download failed."""


class UsageError(WaystationError):
    """The command was called wrongly."""

    exit_code = 2


def choice_remedy(value: str, allowed: Iterable[str], word: str = "use one of") -> str:
    """Say what would have been allowed, the nearest spelling first."""
    names = list(allowed)
    near = difflib.get_close_matches(value.lower(), [n.lower() for n in names], n=1, cutoff=0.6)
    hint = next((f"did you mean {n}? " for n in names if near and n.lower() == near[0]), "")
    return f"{hint}{word}: {', '.join(names)}"
