"""What a reader hands back, and the closed set of reasons for which a record is refused or noted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from waystation.terms.schema import TABLES

__all__ = ["NOTES", "REFUSALS", "Note", "Parsed", "rejected_table"]

RAW_LIMIT: Final = 500  # characters of a refused record that are kept: enough to find and judge it

REFUSALS: Final[dict[str, str]] = {
    "empty-file": "the file has no bytes",
    "corrupt-gzip": "the compressed stream breaks its own checks, so none of it is trusted",
    "too-big": "unpacks to more than the limit, or by an absurd ratio",
    "not-a-trace": "JSON or text of no form that we read",
    "empty-trace": "a trace or table without a record",
    "no-address": "no address in the record, and none given by a mapping",
    "bad-address": "the address is not six hex digits, or is all zeros or all ones",
    "broken-address": "a spreadsheet took the address for a number; what it was can only be guessed",
    "no-time": "the record has no time, or none that we can read: 8/12/2024 may be either of two days",
    "bad-time": "before 1990, in the future, or not a time",
    "no-position": "latitude or longitude is missing, or is no number",
    "bad-position": "latitude or longitude is not finite or out of range",
    "null-island": "0° N 0° E is what software writes when it has nothing",
    "bad-record": "the record does not have the shape of its format",
    "reader-failed": "the reader stumbled: a fault of ours, please report the file",
    "unsafe-member": "a member of a tar, zip or wheel that is a link, a device or leads out of the archive",
}

NOTES: Final[dict[str, str]] = {
    "truncated": "the file ends too early; what stands before the break was kept",
    "absurd-value": "one value cannot be; it was set to null and the position kept",
    "stand-in-address": "the file names tracks without addresses; each name got one that begins with ~",
    "unplaced": "messages without a place that no position of their aircraft followed in time",
    "bad-frames": "frames that fail their own check or say nothing that we decode",
    "folder-date": "the folder's date disagrees with the timestamps; the timestamps were kept",
}


@dataclass(frozen=True)
class Note:
    """One row for ``rejected``. ``record`` is None where the file as a whole is meant."""

    reason: str
    raw: str
    record: int | None = None

    @property
    def shown(self) -> str:
        """The text as the table holds it: cut to its limit, and nothing that UTF-8 cannot hold."""
        return self.raw[:RAW_LIMIT].encode("utf-8", "replace").decode()


@dataclass(frozen=True)
class Parsed:
    """One source, read.

    ``positions``, ``identities``, ``rejected``: tables of ``terms.schema``; positions are in file order
    (the archive sorts). ``format``: the reader that read it, or ``unknown``. ``network``: who heard it, where
    the file itself says so; ``SIMULATED`` for what nobody heard.
    """

    format: str
    positions: pa.Table
    identities: pa.Table
    rejected: pa.Table
    network: str | None = None


def rejected_table(source_id: str, notes: list[Note]) -> pa.Table:
    """Return the rows of ``rejected`` for one source, in the order given; ``raw`` is cut to its limit."""
    assert all(n.reason in REFUSALS or n.reason in NOTES for n in notes)
    columns = {
        "source_id": [source_id] * len(notes),
        "record": [n.record for n in notes],
        "reason": [n.reason for n in notes],
        "raw": [n.shown for n in notes],
    }
    return pa.table(columns, schema=TABLES["rejected"])
