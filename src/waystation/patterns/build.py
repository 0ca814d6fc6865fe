"""The front door: tables of flights and visits become rates, changes, comparisons, trends, rotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waystation.patterns.asked import share_questions, table_of
from waystation.patterns.changes import changes_table, share_rows
from waystation.patterns.comparisons import compared_rates, compared_shares, comparisons_table
from waystation.patterns.rate_tests import rate_questions, rate_rows
from waystation.patterns.rates import rates
from waystation.patterns.rivals import Rivals
from waystation.patterns.rotations import rotations_table
from waystation.patterns.trends import trends_of, trends_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from waystation.terms.case_view import CaseView
    from waystation.world.airfields import Airfields

__all__ = ["build"]


def build(
    tables: Mapping[str, pa.Table],
    case: CaseView,
    *,
    countries: Mapping[str, str],
    exposures: pa.Table | None = None,
    airfields: Airfields | None = None,
) -> dict[str, pa.Table]:
    """Return ``rates``, ``changes``, ``comparisons``, ``trends`` and ``rotations``.

    ``tables``: any of flights, candidates, visits, itineraries, exposures; for the negative controls
    ``coverage_weeks`` and ``archive_days`` (with ``airfields``), or ``other_flights`` (flights outside the
    fleet, schema of flights). What is missing is taken for empty. ``countries``: airfield
    ident → ISO country. ``exposures`` stands before the table of that name. Row order does not matter.
    """
    exposed = tables.get("exposures") if exposures is None else exposures
    needed = {name: table_of(tables, name) for name in ("flights", "candidates")}
    rivals = Rivals.of(tables, exposed, airfields)
    shares = [(asked, share_rows(asked, rivals)) for asked in share_questions(tables, case, countries)]
    paces = [(asked, rate_rows(asked)) for asked in rate_questions(tables, case, countries, exposed)]
    return {
        "rates": rates(dict(tables) | needed, case, countries=countries, exposures=exposed),
        "changes": changes_table([*(t for _, t in shares), *(t for _, t in paces)]),
        "comparisons": comparisons_table(
            [
                *(r for asked, test in shares for r in compared_shares(asked, test)),
                *(r for asked, test in paces for r in compared_rates(asked, test)),
            ]
        ),
        "trends": trends_table(r for asked, _ in shares for r in trends_of(asked)),
        "rotations": rotations_table(tables, case),
    }
