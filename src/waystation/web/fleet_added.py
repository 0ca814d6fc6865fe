"""An aircraft added to the case's fleet from the workbench: its address into ``icao24``, and why.

Everything else keeps its bytes. The new file is read back as a case before it replaces the old one; where the
fleet is written in a way that this cannot extend, the file stays as it was and the message says what to add.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from waystation.case import read_case
from waystation.store.atomic import write_atomic
from waystation.terms.addresses import normal_address
from waystation.terms.errors import CaseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from waystation.terms.case_view import CaseView

__all__ = ["Addition", "add_to_fleet", "addition_of"]

_LONGEST: Final = 300  # characters of a reason: it stands in one line of the file
_HEAD: Final = re.compile(r"^[ \t]*\[fleet\][ \t]*(?:#[^\n]*)?$", re.MULTILINE)
_NEXT: Final = re.compile(r"^[ \t]*\[", re.MULTILINE)
_LIST: Final = re.compile(r"^[ \t]*icao24[ \t]*=[ \t]*\[([^\]#]*)\]", re.MULTILINE)


@dataclass(frozen=True)
class Addition:
    """Which address, by whom, when, and why."""

    icao24: str
    by: str
    date: date
    reason: str

    @property
    def comment(self) -> str:
        """One line of TOML that says it. Line breaks and control characters cannot end it."""
        said = f"{self.icao24} added by {self.by}, {self.date}: {self.reason}"
        return "# " + "".join(c if c.isprintable() else " " for c in said)


def addition_of(form: Mapping[str, str]) -> Addition:
    """Read a form. Raises ``UsageError`` that says which field lacks what."""
    address = normal_address(form.get("icao24", ""))
    if address is None:
        raise UsageError(f"{form.get('icao24', '')!r} is no address; one is six hex digits, as in 154076")
    by, reason = form.get("by", "").strip(), form.get("reason", "").strip()
    if not by:
        raise UsageError("an addition has a name: fill in who adds")
    if not reason or len(reason) > _LONGEST:
        raise UsageError(f"an addition has a reason of 1 to {_LONGEST} characters; this has {len(reason)}")
    try:
        day = date.fromisoformat(form.get("date", ""))
    except ValueError as error:
        raise UsageError(f"{error}; write the day as 2024-12-15") from error
    return Addition(address, by, day, reason)


def add_to_fleet(case: Path, addition: Addition) -> None:
    """Write an address into the fleet of a case file.

    Raises ``UsageError`` where it is there already or the case has every aircraft, ``CaseError`` where the
    fleet is written in a way that cannot be extended here; the file is then as it was.
    """
    before = case.read_bytes()
    held = read_case(case).view
    if held.fleet.everything:
        raise UsageError(f"{case.name} names no fleet: every aircraft in its sources belongs to it already")
    if addition.icao24 in held.fleet.icao24:
        raise UsageError(f"{addition.icao24} is in the fleet of {case.name} already")
    after = _with(before.decode(), addition)
    wanted = replace(held, fleet=replace(held.fleet, icao24=(*held.fleet.icao24, addition.icao24)))
    if after is None or not _reads_as(case, after, wanted):
        raise CaseError(
            f"{case}: the fleet is written in a way that cannot be extended here; add "
            f'"{addition.icao24}" to icao24 in its [fleet] by hand'
        )
    if case.read_bytes() != before:
        raise UsageError(f"{case.name} was changed by someone meanwhile; look again")
    write_atomic(case, after.encode())


def _reads_as(case: Path, text: str, wanted: CaseView) -> bool:
    trial = case.with_name(f".{case.stem}.trial{case.suffix}")  # beside it: relative paths stay true
    try:
        write_atomic(trial, text.encode())
        return replace(read_case(trial).view, case_file=wanted.case_file) == wanted
    except CaseError:
        return False
    finally:
        trial.unlink(missing_ok=True)


def _with(text: str, addition: Addition) -> str | None:
    """The text with the address in the fleet's list, or with a new list; None where neither has a place."""
    head = _HEAD.search(text)
    if head is None:
        return None
    following = _NEXT.search(text, head.end())
    stop = following.start() if following else len(text)
    held = _LIST.search(text, head.end(), stop)
    if held is not None:
        inside = held[1].rstrip().removesuffix(",")
        joint = ", " if inside.strip() else ""
        line = f'{text[held.start() : held.start(1)]}{inside}{joint}"{addition.icao24}"]'
        return f"{text[: held.start()]}{addition.comment}\n{line}{text[held.end() :]}"
    if re.search(r"^[ \t]*icao24\b", text[head.end() : stop], re.MULTILINE):
        return None  # a list with comments inside
    return f'{text[: head.end()]}\n{addition.comment}\nicao24 = ["{addition.icao24}"]{text[head.end() :]}'
