"""Avro with named fields: OpenSky's state vectors (SI units) as its hourly archives had them."""

from __future__ import annotations

import io
from itertools import islice
from typing import TYPE_CHECKING, Any

from waystation.ingest.avro_container import MAGIC, open_container
from waystation.ingest.pieces import RULES, read_pieces
from waystation.terms.errors import FormatError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waystation.ingest.parsed import Note, Parsed

__all__ = ["is_avro", "read_avro"]


def is_avro(data: bytes) -> bool:
    """Whether the bytes begin as an Avro container does."""
    return data.startswith(MAGIC)


def read_avro(
    data: bytes,
    *,
    source_id: str,
    now_ms: int | None,
    mapping: Mapping[str, str] | None,
    notes: list[Note],
) -> Parsed:
    """Return the positions of an Avro container; ``record`` counts its records from 0."""
    return read_pieces(
        "avro", _pieces(data), source_id=source_id, now_ms=now_ms, mapping=mapping, notes=notes
    )


def _pieces(data: bytes) -> Iterator[dict[str, list[Any]]]:
    try:
        import fastavro
    except ImportError as e:  # pragma: no cover - it comes with the package
        raise UsageError("Avro needs the library fastavro: pip install fastavro") from e
    whole = open_container(data, RULES.max_bytes, RULES.max_rows)
    try:
        reader = fastavro.reader(io.BytesIO(whole.data))
        while rows := list(islice(reader, RULES.rows_a_piece)):
            yield _columns(rows)
    except (FormatError, UsageError):
        raise
    except (Exception, RecursionError) as e:  # the library raises what it stumbles over
        raise FormatError(f"broken Avro: {type(e).__name__}: {e}") from e
    if whole.fault:
        raise FormatError(f"Avro ends {whole.fault}")


def _columns(rows: list[Any]) -> dict[str, list[Any]]:
    if not all(isinstance(r, dict) for r in rows):
        raise FormatError("Avro, but its records have no named fields")
    return {k: [r.get(k) for r in rows] for k in rows[0]}
