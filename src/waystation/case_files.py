"""What a case names beside its sources: lists of flights, and published counts."""

from __future__ import annotations

from pathlib import Path  # noqa: TID251 - files that the case names
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from waystation.case import COUNTS_NEEDED, absolute
from waystation.store.flight_lists import read_flight_lists
from waystation.terms.csv_text import csv_rows
from waystation.terms.errors import CaseError
from waystation.world.fleet import select_fleet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waystation.case import Case
    from waystation.world.airfields import Airfields

__all__ = ["published_rows", "with_lists"]


def with_lists(tables: Mapping[str, pa.Table], case: Case, airfields: Airfields) -> dict[str, pa.Table]:
    """Add what lists say: flights of the fleet that the tracks do not have already."""
    listed = read_flight_lists(
        case.flight_lists, airfields, flights=tables["flights"], aircraft=tables["aircraft"]
    )
    named = select_fleet(listed["aircraft"], case.view.fleet)
    ours = named.column("icao24").combine_chunks()
    kept = {"aircraft": named, "rejected": listed["rejected"], "sources": listed["sources"]}
    flights = listed["flights"]
    kept["flights"] = flights.filter(pc.is_in(flights.column("icao24"), value_set=ours))
    ids = kept["flights"].column("flight_id").combine_chunks()
    kept["ends"] = listed["ends"].filter(pc.is_in(listed["ends"].column("flight_id"), value_set=ids))
    return dict(tables) | {
        name: pa.concat_tables([tables[name], more]).combine_chunks() for name, more in kept.items()
    }


def published_rows(case: Case) -> dict[str, list[dict[str, str]]]:
    """Read every file of published counts that the case's questions name."""
    names = dict.fromkeys(q.counts for q in case.view.questions if q.counts)
    rows = {}
    for name in names:
        path = Path(absolute(name, case.folder))
        try:
            rows[name] = csv_rows(path.read_bytes(), f"{case.path}: counts {name}", COUNTS_NEEDED)
        except OSError as error:
            raise CaseError(
                f"{case.path}: counts {name}: {error.strerror}; put it into {case.folder}"
            ) from error
    return rows
