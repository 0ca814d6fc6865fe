"""What is to be carried: from, to, in which aircraft, how much, under the rules of which day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from waystation.world.airspace_case import case_rules

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from waystation.terms.case_view import CaseView, Question, Scenario
    from waystation.world.airspace import AirspaceRule

__all__ = ["Conditions", "Demand", "demands_of"]


@dataclass(frozen=True)
class Conditions:
    """Under what a demand is flown. ``scenario`` None: as the rules stand, in calm air.

    ``closures``: rules of the case beside ours. ``headwind_kt``: mean on each leg, negative a tailwind.
    ``wind_from_deg``, ``wind_kt``: a steady wind, of which the part along each leg counts. ``without``:
    airfields taken away. ``used_until``: flights before that day count as use, None is the demand's own day.
    """

    scenario: str | None = None
    closures: tuple[AirspaceRule, ...] = ()
    headwind_kt: float = 0.0
    wind_from_deg: float | None = None
    wind_kt: float = 0.0
    without: tuple[str, ...] = ()
    used_until: date | None = None


_USUAL: Final = Conditions()


@dataclass(frozen=True)
class Demand:
    """One demand. ``origin`` and ``destination`` are airfield idents; ``type`` a designator or a variant.

    ``payload_t`` None: the most that the aircraft may carry. ``on``: the day whose closures and facts count;
    flights before it count as use. ``operator_class`` as in ``world.airspace``.
    ``under``: closures of the case, wind, airfields taken away.
    """

    origin: str
    destination: str
    type: str
    payload_t: float | None
    on: date
    operator_class: str = "other"
    question: str | None = None
    under: Conditions = _USUAL

    @property
    def about(self) -> str:
        """The demand in words, with the scenario where there is one."""
        under = f", scenario {self.under.scenario}" if self.under.scenario else ""
        return f"{self.origin} to {self.destination}, {self.type}{under}"


def demands_of(
    case: CaseView,
    *,
    on: date | None = None,
    operator_class: str = "other",
    scenarios: Iterable[str] | None = None,
) -> list[Demand]:
    """Return the demands of a case's ``stopover`` questions; a group stands for each of its airfields.

    Each question comes as the rules stand and then under the case's ``scenarios`` (all, or those named).
    ``on`` None: the day of the latest event, or else the end of the period, or else its beginning. A case
    with none of these gives no day and raises ``ValueError``.
    """
    day = on or max((e.date for e in case.events), default=None) or case.period_to or case.period_from
    asked = [q for q in case.questions if q.kind == "stopover" and q.route and q.type]
    if asked and day is None:
        raise ValueError("a stopover question needs a day: give the case an event or a period")
    wanted = None if scenarios is None else set(scenarios)
    named = [s for s in case.scenarios if wanted is None or s.id in wanted]
    return [d for q in asked if day for s in (None, *named) for d in _of(q, case, day, operator_class, s)]


def _of(
    q: Question, case: CaseView, day: date, operator_class: str, scenario: Scenario | None
) -> Iterable[Demand]:
    assert q.route
    kind, on = operator_class, day
    under = Conditions(closures=case_rules(case.airspace))
    if scenario is not None:
        kind, on = scenario.operator_class or kind, scenario.on or day
        under = Conditions(
            scenario=scenario.id,
            closures=case_rules(case.airspace, scenario.id),
            headwind_kt=scenario.headwind_kt,
            wind_from_deg=scenario.wind_from_deg,
            wind_kt=scenario.wind_kt,
            without=scenario.without,
            used_until=day,
        )
    for a in case.sites_of(q.route[0]):
        for b in case.sites_of(q.route[1]):
            if a != b:
                yield Demand(a, b, str(q.type), q.payload_t, on, kind, q.id, under)
