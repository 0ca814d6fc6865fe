"""Take a hub away, rank what could replace it, and only then look where the observed substitute stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from waystation.stopovers.build import Ranking, build

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waystation.stopovers.demand import Demand
    from waystation.world.airfields import Airfields

__all__ = ["STANDING", "hub_loss", "standing"]

STANDING = pa.schema(
    [
        ("origin", pa.string()),
        ("destination", pa.string()),
        ("type", pa.string()),
        ("payload_t", pa.float64()),
        ("scenario", pa.string()),
        ("lost_hub", pa.string()),
        ("substitute", pa.string()),
        ("rank", pa.int64()),
        ("n_ranked", pa.int64()),
        ("score", pa.float64()),
        ("reason", pa.string()),
    ]
)


def hub_loss(
    lost: str,
    demands: Sequence[Demand],
    flights: pa.Table,
    airfields: Airfields,
    **how: Any,  # noqa: ANN401 - what ``build`` takes
) -> Ranking:
    """Rank the replacements of ``lost`` for the demands that it carried.

    The lost hub gets no row, and only flights before each demand's day count as use: nothing of what came
    after can leak in. ``how``: keyword arguments of ``build``.
    """
    without = frozenset(how.pop("without", ())) | {lost}
    asked = [d for d in demands if lost not in {d.origin, d.destination}]
    return build(asked, flights, airfields, without=without, **how)


def standing(ranking: Ranking, lost: str | None, substitutes: Iterable[str]) -> pa.Table:
    """Return where each observed substitute stands in each demand of a ranking. ``rank`` null: it has no row.

    ``n_ranked`` counts the alternatives of that demand with a score above zero.
    """
    rows = []
    table = ranking.stopovers.append_column("rank", ranking.parts.column("rank"))
    keys = ["origin", "destination", "type", "payload_t", "scenario"]
    for key in table.select(keys).group_by(keys, use_threads=False).aggregate([]).to_pylist():
        mine = table.filter(_same(table, key))
        ranked = mine.filter(pc.is_valid(mine.column("stopover")))
        n = int(pc.sum(pc.greater(ranked.column("score"), 0.0)).as_py() or 0)
        for ident in dict.fromkeys(substitutes):
            found = ranked.filter(pc.equal(ranked.column("stopover"), ident)).to_pylist()
            rows.append(key | {"lost_hub": lost, "substitute": ident, "n_ranked": n} | _place(found))
    return pa.Table.from_pylist(rows, schema=STANDING)


def _same(table: pa.Table, key: dict[str, Any]) -> pa.ChunkedArray:
    same = pc.equal(table.column("origin"), key["origin"])
    for name in ("destination", "type"):
        same = pc.and_(same, pc.equal(table.column(name), key[name]))
    for name in ("payload_t", "scenario"):
        column = table.column(name)
        wanted = pc.is_null(column) if key[name] is None else pc.fill_null(pc.equal(column, key[name]), False)
        same = pc.and_(same, wanted)
    return same


def _place(found: list[dict[str, Any]]) -> dict[str, Any]:
    if not found:
        return {"rank": None, "score": None, "reason": "no row: out of reach, or its runway is too short"}
    if not found[0]["score"]:
        return {"rank": None, "score": 0.0, "reason": "its score is zero: one of its parts excludes it"}
    return {"rank": found[0]["rank"], "score": found[0]["score"], "reason": "ranked"}
