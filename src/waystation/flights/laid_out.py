"""What was observed, laid out as plain tables and back: so that it can rest on disk until it is weighed."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from waystation.flights.states import EndStates
from waystation.flights.unseen import Unseen
from waystation.flights.weigh import Observed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["laid_out", "taken_up"]

_PLAIN: Final = ("flights", "ends", "gaps", "open_ends", "open_gaps")
_OTHERS: Final = ("flight", "fixed", "fixed_probability", "nowhere", "other")  # of ``Unseen``
_PAIRS: Final = ("landing", "takeoff")
_TEXTS: Final = ("operator", "type")  # of ``EndStates``


def laid_out(seen: Observed) -> dict[str, pa.Table]:
    """Return the tables ``flights, ends, gaps, open_ends, open_gaps``; ``unseen, pairs`` where there are."""
    tables = {name: getattr(seen, name) for name in _PLAIN}
    if seen.unseen is None:
        return tables
    columns = {
        f.name: pa.array(value.tolist(), pa.string()) if f.name in _TEXTS else pa.array(value)
        for f in fields(EndStates)
        for value in [getattr(seen.unseen.states, f.name)]
    }
    columns |= {f"end_{n}": pa.array(getattr(seen.unseen, n)) for n in _OTHERS}
    pairs = {n: pa.array(seen.unseen.pairs[:, i]) for i, n in enumerate(_PAIRS)}
    return tables | {"unseen": pa.table(columns), "pairs": pa.table(pairs)}


def taken_up(tables: Mapping[str, pa.Table]) -> Observed:
    """Return what ``laid_out`` laid out."""
    plain = Observed(unseen=None, **{name: tables[name] for name in _PLAIN})
    if "unseen" not in tables:
        return plain
    ends = tables["unseen"]
    columns: dict[str, Any] = {
        n: np.array(ends.column(n).to_pylist(), dtype=object)
        if n in _TEXTS
        else np.array(ends.column(n).to_numpy())
        for n in ends.column_names
    }
    states = EndStates(**{f.name: columns[f.name] for f in fields(EndStates)})
    pairs = np.stack([tables["pairs"].column(n).to_numpy() for n in _PAIRS], axis=1).astype(np.int64)
    unseen = Unseen(states=states, pairs=pairs, **{n: columns[f"end_{n}"] for n in _OTHERS})
    return plain._replace(unseen=unseen)
