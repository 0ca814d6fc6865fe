"""The ledger of what is not a flight, from its table or, where a run has none, from the case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from waystation.terms.case_view import CaseView

__all__ = ["ledger"]


def ledger(tables: Mapping[str, pa.Table], case: CaseView) -> list[dict[str, Any]]:
    """Rows with the columns of ``observations``, in order of date, site and source."""
    table = tables.get("observations")
    rows: list[dict[str, Any]]
    if table is not None and table.num_rows:
        rows = table.to_pylist()
    else:
        absent = {"observation_id": None, "sha256": None, "supports": None, "contradicts": None}
        rows = [absent | vars(o) for o in case.observations]
    return sorted(rows, key=lambda r: (str(r["date"]), r["site"] or "", r["source"] or "", r["says"] or ""))
