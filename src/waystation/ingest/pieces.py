"""Tables that are read in pieces (Parquet, Avro): each goes the way of named columns, then they join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from waystation.ingest.jsons import raw_text
from waystation.ingest.named import read_named
from waystation.ingest.parsed import Note, Parsed, rejected_table
from waystation.ingest.stand_in import stand_in_note
from waystation.terms.errors import FormatError
from waystation.terms.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["RULES", "PieceRules", "join_pieces", "read_pieces"]


@dataclass(frozen=True)
class PieceRules:
    """How much one table may hold."""

    max_rows: int = 10_000_000  # an hour of all of OpenSky's state vectors has 3 million
    max_bytes: int = 1 << 30  # unpacked: what any other source may unpack to
    rows_a_piece: int = 1 << 17  # as Python objects some 100 MB


RULES: Final = PieceRules()


def read_pieces(
    format_: str,
    pieces: Iterable[Mapping[str, Sequence[Any]]],
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
    rules: PieceRules = RULES,
) -> Parsed:
    """Return the positions of pieces (name → cells, the same names in each). ``record`` counts on.

    What breaks off in the middle (``FormatError`` from ``pieces``) keeps what was read, with a note.
    """
    parts: list[Parsed] = []
    known: dict[str, str] = {}
    n = 0
    try:
        for piece in pieces:
            rows = len(next(iter(piece.values()), ()))
            if n + rows > rules.max_rows:
                notes = [*notes, Note("too-big", f"more than {rules.max_rows} rows; cut the table in parts")]
                break
            parts.append(
                read_named(
                    format_,
                    piece,
                    source_id=source_id,
                    now_ms=now_ms,
                    mapping=mapping,
                    raw=lambda i, piece=piece: raw_text({k: _cell(v[i]) for k, v in piece.items()}),  # type: ignore[misc]
                    notes=[],
                    record=np.arange(n, n + rows, dtype=np.int64),
                    known=known,
                )
            )
            n += rows
    except FormatError as e:
        if not parts:
            raise
        notes = [*notes, Note("truncated", f"after {n} rows: {e}")]
    return join_pieces(format_, parts, source_id, notes + stand_in_note(known))


def join_pieces(format_: str, parts: list[Parsed], source_id: str, notes: list[Note]) -> Parsed:
    """Return the pieces of one source as one, its own notes in front."""
    tables: dict[str, list[pa.Table]] = {
        "positions": [p.positions for p in parts],
        "identities": [p.identities for p in parts],
        "rejected": [rejected_table(source_id, notes), *(p.rejected for p in parts)],
    }
    joined = {k: pa.concat_tables([TABLES[k].empty_table(), *v]) for k, v in tables.items()}
    names = TABLES["identities"].names
    distinct = joined["identities"].group_by(names).aggregate([]).select(names)
    distinct = distinct.sort_by([(k, "ascending") for k in names]).cast(TABLES["identities"])
    return Parsed(format_, joined["positions"], distinct, joined["rejected"])


def _cell(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value
