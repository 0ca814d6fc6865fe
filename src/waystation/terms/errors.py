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

__all__ = [
    "ArchiveError",
    "CaseError",
    "FormatError",
    "InputError",
    "NetworkError",
    "UsageError",
    "WaystationError",
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
