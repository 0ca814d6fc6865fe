"""Whether a result still is what it was: hashes against the manifest, claims against their rows and queries.

Pure: the caller hashes the files. What it cannot find it passes as None, and that is a difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from waystation.terms.claim_query import KEYS, QueryError, answer, measure, parse, row_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Difference", "compare_files", "compare_rows", "recount"]


@dataclass(frozen=True)
class Difference:
    """One thing that does not agree. ``where``: file, table or claim."""

    where: str
    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: expected {self.expected}, found {self.found}"


def compare_files(recorded: Mapping[str, str], found: Mapping[str, str | None]) -> list[Difference]:
    """Compare SHA-256 by file name; a file that is missing (absent or None) is a difference."""
    out = []
    for name, digest in sorted(recorded.items()):
        now = found.get(name)
        if now is None:
            out.append(Difference(name, "file", f"SHA-256 {digest}", "nothing: it is missing or unreadable"))
        elif now != digest:
            out.append(Difference(name, "SHA-256", digest, now))
    return out


def compare_rows(recorded: Mapping[str, int], tables: Mapping[str, pa.Table]) -> list[Difference]:
    """Compare the manifest's row counts with the tables."""
    return [
        Difference(name, "rows", str(n), str(tables[name].num_rows) if name in tables else "no such table")
        for name, n in sorted(recorded.items())
        if name not in tables or tables[name].num_rows != n
    ]


def recount(claims: pa.Table, tables: Mapping[str, pa.Table]) -> list[Difference]:
    """Count every claim again, twice: by its query over the tables, and from the rows it names.

    The two ways share no row selection: one filters by the query's conditions, the other by key. A claim
    whose number differs either way, or whose rows are not those of its query, is a difference; so is one
    without rows whose number is not 0.
    """
    out: list[Difference] = []
    for claim in claims.to_pylist():
        out += _recount_one(claim, tables)
    return out


def _recount_one(claim: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> list[Difference]:
    name = claim["claim_id"]
    try:
        query = parse(claim["query"])
        by_query = answer(query, tables)
    except QueryError as error:
        return [Difference(name, "query", claim["query"], str(error))]
    out = []
    if not _same(by_query.value, claim["value"]):
        out.append(Difference(name, "number by its query", _text(claim["value"]), _text(by_query.value)))
    if not _same(by_query.probability, claim["probability"]):
        expected, found = _text(claim["probability"]), _text(by_query.probability)
        out.append(Difference(name, "probability", expected, found))
    if sorted(by_query.row_ids) != sorted(claim["row_ids"]):
        n, m = len(claim["row_ids"]), len(by_query.row_ids)
        strange = sorted(set(claim["row_ids"]) ^ set(by_query.row_ids))[:3]
        out.append(Difference(name, "rows", f"{n} rows", f"{m} rows by its query; they differ in {strange}"))
    by_rows, _ = measure(query, _pick(query.table, tables[query.table], claim["row_ids"]))
    if not _same(by_rows, claim["value"]):
        out.append(Difference(name, "number by its rows", _text(claim["value"]), _text(by_rows)))
    if not claim["row_ids"] and claim["value"] != 0:
        out.append(Difference(name, "rows", "at least one", "none, and the number is not 0"))
    return out


def _pick(table: str, rows: pa.Table, ids: list[str]) -> pa.Table:
    """Rows by key."""
    if len(KEYS.get(table, ())) == 1:
        return rows.filter(pc.is_in(rows.column(KEYS[table][0]), value_set=pa.array(ids, pa.string())))
    wanted = set(ids)
    return rows.filter(pa.array([k in wanted for k in row_keys(table, rows)], pa.bool_()))


def _same(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def _text(value: float | None) -> str:
    return "none" if value is None else f"{value:.10g}"
