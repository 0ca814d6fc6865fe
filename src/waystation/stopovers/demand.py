"""What is to be carried: from, to, in which aircraft, how much, under the rules of which day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from waystation.terms.case_view import CaseView

__all__ = ["Demand", "demands_of"]


@dataclass(frozen=True)
class Demand:
    """One demand. ``origin`` and ``destination`` are airfield idents; ``type`` a designator or a variant.

    ``payload_t`` None: the most that the aircraft may carry. ``on``: the day whose closures and facts count;
    flights before it count as use. ``operator_class`` as in ``world.airspace``.
    """

    origin: str
    destination: str
    type: str
    payload_t: float | None
    on: date
    operator_class: str = "other"
    question: str | None = None


def demands_of(case: CaseView, *, on: date | None = None, operator_class: str = "other") -> list[Demand]:
    """Return the demands of a case's ``stopover`` questions; a group stands for each of its airfields.

    ``on`` None: the day of the latest event, or else the end of the period, or else its beginning. A case
    with none of these gives no day and raises ``ValueError``.
    """
    day = on or max((e.date for e in case.events), default=None) or case.period_to or case.period_from
    asked = [q for q in case.questions if q.kind == "stopover" and q.route and q.type]
    if asked and day is None:
        raise ValueError("a stopover question needs a day: give the case an event or a period")
    return [
        Demand(
            origin=a,
            destination=b,
            type=str(q.type),
            payload_t=q.payload_t,
            on=day,
            operator_class=operator_class,
            question=q.id,
        )
        for q in asked
        if q.route and day
        for a in case.sites_of(q.route[0])
        for b in case.sites_of(q.route[1])
        if a != b
    ]
