"""Whose traces and which days ``waystation fetch`` was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waystation.cli.say import warn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from waystation.store.fetch_rules import FetchRules

__all__ = ["addresses_asked", "days_asked"]


def addresses_asked(named: tuple[str, ...], case: Path | None, sources: Sequence[str]) -> list[str]:
    """Return the addresses that were named, or those of the case's fleet. Whole days have none."""
    from waystation.terms.addresses import normal_address
    from waystation.terms.errors import UsageError

    if named:
        pairs = [(text, normal_address(text)) for n in named for text in n.split(",") if text]
        if wrong := [text for text, a in pairs if a is None]:
            raise UsageError(f"--icao24 {wrong[0]!r} is no address; write six hex digits, as in 154076")
        return sorted({a for _, a in pairs if a is not None})
    if case is None:
        return []
    from waystation.case import read_case
    from waystation.store.fetch_fleet import addresses_of
    from waystation.store.fetch_orders import DAYS, NO_PICKING
    from waystation.store.reference import reference_of

    fleet = read_case(case).view.fleet
    if DAYS in sources and not fleet.everything:
        raise UsageError(NO_PICKING)
    return [] if set(sources) == {DAYS} else addresses_of(fleet, reference_of().imported())


def days_asked(begin: str | None, end: str | None, case: Path | None, rules: FetchRules) -> list[date]:
    """Return the days to ask for; of those that are not over, a warning says so."""
    from waystation.store.fetch_sources import days_between
    from waystation.terms.errors import UsageError

    first, last = _date("--from", begin), _date("--to", end)
    if case is not None and (first is None or last is None):
        from waystation.case import read_case

        view = read_case(case).view
        first, last = first or view.period_from, last or view.period_to
    if first is None:
        raise UsageError(
            "which days? Name them with --from 2024-12-01 --to 2024-12-31, or a case with a period"
        )
    last = last or first
    if last < first:
        raise UsageError(f"--to {last} is before --from {first}; exchange them")
    over, coming = days_between(first, last, rules=rules)
    if coming:
        warn(f"not over yet, so not asked for: {coming[0]} … {coming[-1]}; run the same command again later")
    return over


def _date(option: str, text: str | None) -> date | None:
    from datetime import date as day_type

    from waystation.terms.errors import UsageError

    try:
        return None if text is None else day_type.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is no date; write it as in 2024-12-01") from None
