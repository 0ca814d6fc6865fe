"""What else was tried as an explanation of a change, in plain words.

The tables ``changes`` and ``comparisons`` keep it in numbers (column ``controls``): Bayes factors as powers
of ten, shares as fractions. Here a factor is how many times better one explanation fits than another. A part
in no known form stays as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from waystation.briefing.wording import counted, percent_text, plural
from waystation.terms.drifts import GRADUAL

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["controls_said", "times_text", "tried_said"]

MOST: Final = 6.0  # powers of ten: beyond a million a number says no more
ASKED: Final = 10  # how many times better an explanation has to be (patterns/rivals)

_N: Final = r"(-?\d+(?:\.\d+)?)"
_SPAN: Final = r"\(([\d.e+-]+)–([\d.e+-]+)\)"


def controls_said(text: str | None) -> str:
    """Return the parts of a row's ``controls`` as one line of plain words."""
    return "; ".join(_part(p) for p in _APART.split(text or ""))


def tried_said(text: str | None) -> str:
    """Return sentences to follow others: the levels of this row, then what else was tried."""
    parts = [p for p in _APART.split(text or "") if p]
    own = [_part(p) for p in parts if any(form.fullmatch(p) for form in _OWN)]
    others = [_part(p) for p in parts if not any(form.fullmatch(p) for form in _OWN)]
    levels = f" {own[0][0].upper()}{'; '.join(own)[1:]}." if own else ""
    return levels + (f" What else was tried: {'; '.join(others)}." if others else "")


def times_text(log10: float) -> str:
    """``25,000 times``, from a power of ten: two figures, no more than is known."""
    if log10 > MOST:
        return "more than a million times"
    n = float(f"{10**log10:.2g}")
    return f"{n:,.0f} times" if n >= 10 else f"{n:g} times"


def _part(part: str) -> str:
    for form, say in _FORMS:
        found = form.fullmatch(part)
        if found:
            return say(found)
    found = _PREFIXED.fullmatch(part)  # "visits: …", "2024-12-16: …", "not reported as a change: …"
    if found:
        return f"{found[1]}: {_part(found[2])}"
    return part


def _any_date(m: re.Match[str]) -> str:
    log10 = float(m[1])
    if log10 >= 0:
        return f"a change on some date explains the flights {times_text(log10)} better than none"
    return f"no change explains the flights {times_text(-log10)} better than a change on any date"


def _beats(m: re.Match[str]) -> str:
    return f"the change explains the flights {times_text(float(m[2]))} better than “{m[1]}” does"


def _beaten(m: re.Match[str]) -> str:
    log10 = float(m[2])
    if log10 < 0:
        return f"“{m[1]}” explains the flights {times_text(-log10)} better"
    better = f"only {times_text(log10)} better than “{m[1]}” does"
    return f"the change explains the flights {better}, and {ASKED} times are asked for"


def _levels(m: re.Match[str]) -> str:
    b, b_low, b_high, a, a_low, a_high = (percent_text(float(m[i])) for i in range(2, 8))
    return f"share of {m[1]} {b} before ({b_low} to {b_high}) and {a} after ({a_low} to {a_high})"


def _chance(m: re.Match[str]) -> str:
    sure = "over 99\u00a0%" if m[2].startswith(">") else percent_text(float(m[2]))
    return f"it {m[1]} with a probability of {sure}"


def _ratio(m: re.Match[str]) -> str:
    became = "stayed as many" if m[2] == "1" else f"became {m[2]} times as many"
    return f"measured against other traffic there, the fleet’s visits to {m[1]} {became} ({m[3]} to {m[4]})"


def _drift(m: re.Match[str]) -> str:
    slow = f"a slow move over about {m[1]} days explains the flights {_better(m[2])} better"
    return f"{slow} than one on a single day; the date is its middle"


def _step(m: re.Match[str]) -> str:
    step = f"a move on a single day explains the flights {_better(m[3])} better"
    return f"{step} than a slow one over {m[1]} to {m[2]} days"


def _better(factor: str) -> str:
    return "more than 1,000 times" if factor.startswith("over") else f"{factor} times"


def _few(m: re.Match[str]) -> str:
    n, kinds = int(m[1]), int(m[3])
    return f"{n} {m[2]} to {kinds} {plural(kinds, 'place')} are too few to tell; it needs 6 to 2 places"


_SHARES: Final = re.compile(rf"share of (.+) {_N} {_SPAN} before, {_N} {_SPAN} after")
_CHANCE: Final = re.compile(r"P\((rose|fell)\) (> 0\.99|[01]\.\d+)")
_RATES: Final = re.compile(
    rf"flights a fully observed day ([\d.e+-]+) {_SPAN} before, ([\d.e+-]+) {_SPAN} after"
)
_BUNCHES: Final = re.compile(r"flights come in bunches: counted 1 for ([\d.]+)")
_DRAWN: Final = re.compile(r"exposure drawn from its interval")
_OWN: Final = (_SHARES, _CHANCE, _RATES, _BUNCHES, _DRAWN)
_APART: Final = re.compile(r"; (?!needs )")
_PREFIXED: Final = re.compile(r"([^:;“”]+?): (.+)")
_FORMS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (re.compile(rf"log10 Bayes factor of a change at any date: {_N}"), _any_date),
    (re.compile(rf'beats "([^"]+)" \(log10 Bayes factor {_N}\)'), _beats),
    (re.compile(rf'does not beat "([^"]+)" \(log10 Bayes factor {_N}\)'), _beaten),
    (_SHARES, _levels),
    (_CHANCE, _chance),
    (re.compile(rf"([^:]+): after/before against other traffic's ([\d.e+-]+) {_SPAN}"), _ratio),
    (
        re.compile(
            rf"{GRADUAL} (\d+) days fits better than a step on one date "
            r"\(Bayes factor (over 1000|\d+)\), and the date is its middle"
        ),
        _drift,
    ),
    (
        re.compile(
            r"a step on one date fits better than a drift over (\d+) to (\d+) days "
            r"\(Bayes factor (over 1000|\d+)\)"
        ),
        _step,
    ),
    (
        re.compile(r"a step and a drift over (\d+) to (\d+) days cannot be told apart"),
        lambda m: f"whether it came on a single day or slowly, over {m[1]} to {m[2]} days, cannot be told",
    ),
    (
        _BUNCHES,
        lambda m: f"flights come in bunches, so {m[1]} of them count as one",
    ),
    (
        _RATES,
        lambda m: (
            f"flights a day: {m[1]} before ({m[2]} to {m[3]}) and {m[4]} after ({m[5]} to {m[6]}), "
            "corrected for what could be heard"
        ),
    ),
    (
        _DRAWN,
        lambda _: "the doubt about that correction is part of the test",
    ),
    (re.compile(r"(\d+) found"), lambda m: f"{m[1]} {plural(int(m[1]), 'change')} found"),
    (re.compile(r"cannot tell: (\d+) (.+) over (\d+) kinds; needs 6 over 2"), _few),
    (
        re.compile(r"cannot tell: (\d+) flights in (\d+) days are too little"),
        lambda m: f"{counted(int(m[1]), 'flight')} in {int(m[2]):,} days are too few to tell",
    ),
    (re.compile(r"cannot tell: (nothing on one side of the date)"), lambda m: m[1]),
)
