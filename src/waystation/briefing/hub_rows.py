"""Rows that speak of a hub: found changes, who took over, and why nothing could be told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.asked import rows_where

if TYPE_CHECKING:
    from waystation.briefing.asked import Asked

__all__ = ["SHARE", "changes_of", "hub_sites", "hub_untold", "moved_to", "stated_interval", "substitutes"]

Row = dict[str, Any]
SHARE: Final = 'kind = "share"'
MAX_SITES: Final = 4
_SUBSTITUTE_FROM: Final = 0.2  # below, noise in the flows makes as much: methods, section h
_UNTOLD: Final = re.compile(r"cannot tell: (\d[^;]*; needs [^;]*)")
_INTERVAL: Final = {
    "before": re.compile(r"\((\d?\.\d+)–(\d?\.\d+)\) before"),
    "after": re.compile(r"\((\d?\.\d+)–(\d?\.\d+)\) after"),
}


def hub_sites(asked: Asked) -> list[str]:
    """The question's site; without one each place with a found change, clearest first; else the sites."""
    if asked.q.site:
        members = asked.case.sites_of(asked.q.site)
        told = [i for i in members if changes_of(asked, i)]
        return list(told or members)[:MAX_SITES]
    strongest: dict[str, float] = {}
    for r in rows_where(asked, "changes", kind="share"):
        if ">" not in r["subject"]:
            strongest[r["subject"]] = max(r["log10_bayes_factor"] or 0.0, strongest.get(r["subject"], 0.0))
    found = sorted(strongest, key=lambda s: (-strongest[s], s))
    return (found or [s.id for s in asked.case.sites])[:MAX_SITES]


def changes_of(asked: Asked, site: str) -> list[Row]:
    """Found changes of a place's share, in order of their dates."""
    return sorted(rows_where(asked, "changes", subject=site, kind="share"), key=lambda r: r["date_utc"])


def substitutes(asked: Asked, site: str) -> list[Row]:
    """Who took over from ``site``, loss after loss, largest share first."""
    rows = [r for r in rows_where(asked, "substitutions", lost_hub=site) if r["substitute"]]
    return sorted(rows, key=lambda r: (r["date"], -(r["share"] or 0.0), r["substitute"] or ""))


def moved_to(asked: Asked, site: str) -> str | None:
    """The airfield that took over more of the lost traffic than noise would make, if any."""
    best = max(substitutes(asked, site), key=lambda r: r["share"] or 0.0, default=None)
    if best is None or best["substitute"] is None or (best["share"] or 0.0) < _SUBSTITUTE_FROM:
        return None
    return str(best["substitute"])


def hub_untold(asked: Asked, site: str) -> str | None:
    """Why the search for a change could not tell anything, where it says so."""
    for r in rows_where(asked, "comparisons", subject=site, kind="share"):
        said = _UNTOLD.search(r["controls"] or "")
        if said:
            return said[1]
    return None


def stated_interval(r: Row, side: str) -> tuple[float, float] | None:
    """The level's own interval, where the row's controls state it."""
    said = _INTERVAL[side].search(r["controls"] or "")
    return (float(said[1]), float(said[2])) if said else None
