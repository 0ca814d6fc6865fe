"""An analyst's decision, written into the case file: appended whole or not at all, and still a case.

The file stays the analyst's own: what was there keeps its bytes, comments too. What is to be written is read
back as a case first, so that a decision can never leave behind a file that no command takes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from waystation.case import read_case
from waystation.store.atomic import write_atomic
from waystation.terms.endings import ENDS
from waystation.terms.errors import CaseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from waystation.web.result import Result

__all__ = ["Decision", "decide", "decision_of"]

_LONGEST: Final = 2_000  # characters of a reason; more belongs into a document with an address


@dataclass(frozen=True)
class Decision:
    """What one ``[[override]]`` says. ``end`` and ``airfield``, or ``exclude``."""

    flight: str
    by: str
    date: date
    reason: str
    end: str | None = None
    airfield: str | None = None
    exclude: bool = False

    @property
    def toml(self) -> str:
        """As it stands in a case file. JSON's texts are texts of TOML too."""
        lines = ["[[override]]", f"flight = {_text(self.flight)}"]
        if self.exclude:
            lines.append("exclude = true")
        else:
            lines += [f"end = {_text(self.end or '')}", f"airfield = {_text(self.airfield or '')}"]
        lines += [f"by = {_text(self.by)}", f"date = {self.date}", f"reason = {_text(self.reason)}"]
        return "\n".join(lines) + "\n"


def decision_of(form: Mapping[str, str], flight: str, result: Result) -> Decision:
    """Read a form. Raises ``UsageError`` that says which field lacks what."""
    by, reason = form.get("by", "").strip(), form.get("reason", "").strip()
    if not by:
        raise UsageError("a decision has a name: fill in who decides")
    if not reason or len(reason) > _LONGEST:
        raise UsageError(f"a decision has a reason of 1 to {_LONGEST} characters; this has {len(reason)}")
    try:
        day = date.fromisoformat(form.get("date", ""))
    except ValueError as error:
        raise UsageError(f"{error}; write the day of the decision as 2024-12-15") from error
    if form.get("what") == "exclude":
        return Decision(flight, by, day, reason, exclude=True)
    end, airfield = form.get("end", ""), form.get("airfield", "").strip()
    if end not in ENDS:
        raise UsageError(f"which end? {end!r} is neither of {', '.join(ENDS)}")
    if airfield not in result.airfields.index and result.place(airfield).lat is None:
        raise UsageError(f"no airfield {airfield!r} is known; look it up: waystation world show {airfield}")
    return Decision(flight, by, day, reason, end=end, airfield=airfield)


def decide(case: Path, decision: Decision) -> None:
    """Append a decision to a case file.

    Raises ``UsageError`` where an equal decision stands there already, ``CaseError`` where the file would
    no longer be a case; the file is then as it was.
    """
    before = case.read_bytes()
    held = read_case(case).view.overrides
    if any(_same(o, decision) for o in held):
        raise UsageError(f"{case.name} holds this decision on {decision.flight} already")
    joint = b"\n" if before.endswith(b"\n") else b"\n\n"
    after = before + joint + decision.toml.encode()
    trial = case.with_name(f".{case.stem}.trial{case.suffix}")  # beside it: relative paths stay true
    try:
        write_atomic(trial, after)
        read = read_case(trial).view.overrides
    finally:
        trial.unlink(missing_ok=True)
    if len(read) != len(held) + 1:
        raise CaseError(f"{case}: the decision would not be read back; add it by hand:\n{decision.toml}")
    if case.read_bytes() != before:
        raise UsageError(f"{case.name} was changed by someone meanwhile; look at the flight again")
    write_atomic(case, after)


def _same(held: object, made: Decision) -> bool:
    return all(getattr(held, f) == getattr(made, f) for f in ("flight", "end", "airfield", "exclude", "by"))


def _text(text: str) -> str:
    """A basic string of TOML. JSON escapes the same, but TOML also refuses DEL bare."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
