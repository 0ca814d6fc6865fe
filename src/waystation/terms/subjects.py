"""What a case counts: routes between airfields, groups and countries, and places.

``OSLK>HL59`` and ``Syria>Libya`` are routes (airfields and site groups), ``Syria>BY`` a route to a country
(ISO 3166 two letters, of airfields in neither the group nor a site of the case's own name), ``OSLK`` and
``Syria`` are places. A route's name says what it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from waystation.terms.case_view import CaseView

__all__ = ["NO_COUNTRIES", "Subject", "subjects_of"]

NO_COUNTRIES: Mapping[str, str] = {}


@dataclass(frozen=True)
class Subject:
    """``origins`` → ``destinations`` (airfield idents); a place has ``destinations`` None: either end."""

    name: str
    origins: frozenset[str]
    destinations: frozenset[str] | None = None
    since: date | None = None


def subjects_of(case: CaseView, countries: Mapping[str, str] = NO_COUNTRIES) -> tuple[Subject, ...]:
    """What the case asks about, no name twice.

    The routes of its questions; for every ``outflow`` question the routes from its site to every other
    country; its sites and groups. ``countries``: airfield ident → ISO country of every airfield that any
    flight may have touched.
    """
    return tuple({s.name: s for s in _all(case, countries)}.values())


def _all(case: CaseView, countries: Mapping[str, str]) -> Iterator[Subject]:
    for q in case.questions:
        if q.route is not None:
            origin, destination = q.route
            yield Subject(">".join(q.route), _idents(case, origin), _idents(case, destination))
        if q.kind == "outflow":
            for site in (q.site,) if q.site else dict.fromkeys(s.group or s.id for s in case.sites):
                yield from _outflow(case, site, countries)
    for s in case.sites:
        yield Subject(s.id, frozenset({s.id}))
    for g in sorted({s.group for s in case.sites if s.group}):
        yield Subject(g, _idents(case, g))


def _idents(case: CaseView, name: str) -> frozenset[str]:
    return frozenset(case.sites_of(name))


def _outflow(case: CaseView, site: str, countries: Mapping[str, str]) -> Iterator[Subject]:
    inside = _idents(case, site)
    by_country: dict[str, set[str]] = {}
    for ident, country in countries.items():
        if ident not in inside:
            by_country.setdefault(country, set()).add(ident)
    for country in sorted(by_country):
        yield Subject(f"{site}>{country}", inside, frozenset(by_country[country]))
