"""The front door: flights, their ends and candidates become what the aircraft did between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waystation.network import routes
from waystation.network.itineraries import home_of, itineraries_of, itineraries_table
from waystation.network.triples import triples_table
from waystation.network.visits import chains_of, stays_table, visits_table
from waystation.terms.errors import CaseError
from waystation.world.airfield_names import canonical_ident

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from waystation.network.visits import Chain
    from waystation.terms.case_view import CaseView
    from waystation.world.airfields import Airfields

__all__ = ["build"]


def build(
    flights: pa.Table,
    candidates: pa.Table,
    ends: pa.Table,
    *,
    case: CaseView | None = None,  # noqa: ARG001 - one door for every stage; nothing here hangs on a question
    airfields: Airfields,
    homes: Mapping[str, str] | None = None,
) -> dict[str, pa.Table]:
    """Return the tables ``visits``, ``stays``, ``itineraries``, ``triples`` and ``routes``.

    ``homes``: icao24 → ident of its home airfield, over what long stays teach; an ident of another year is
    read as this year's. Raises ``CaseError`` for a home that is no airfield. The order of rows does not
    matter, and a cut by aircraft, joined, gives the whole (except ``routes``, which sums over aircraft).
    """
    given = {a: _ident(a, home, airfields) for a, home in (homes or {}).items()}
    chains = chains_of(flights, candidates, ends)
    trips = [t for c in chains for t in itineraries_of(c, _home(c, given))]
    of_flight = {f["flight_id"]: t.id for t in trips for f in t.flights}
    places = {key: there for c in chains[:1] for key, there in c.places.items()}
    return {
        "visits": visits_table(chains, of_flight),
        "stays": stays_table(chains),
        "itineraries": itineraries_table(trips),
        "triples": triples_table(trips, places),
        "routes": routes.build(flights, candidates),
    }


def _home(chain: Chain, given: Mapping[str, str]) -> str | None:
    return given.get(chain.icao24) or home_of(chain)


def _ident(icao24: str, home: str, airfields: Airfields) -> str:
    ident = canonical_ident(airfields, home)
    if ident is None:
        raise CaseError(f"home of {icao24}: no airfield {home!r}; give the ident of the airfield table")
    return ident
