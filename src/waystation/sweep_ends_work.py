"""What one task of a sweep's second half does: flights of some buckets in, weighed and named, bytes out.

Reception and visits of all aircraft are read once a process, from the folder of kept results.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from waystation import flights
from waystation.store.kept import packed, read_kept, write_kept
from waystation.store.memory import give_back
from waystation.store.reference import airfields_of
from waystation.terms.errors import WaystationError
from waystation.terms.reception import reception_of
from waystation.terms.schema import empty

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from waystation.flights.history import History
    from waystation.terms.reception import Reception

__all__ = ["EndsTask", "forget", "name_ends"]


@dataclass(frozen=True)
class EndsTask:
    """Names of what is kept in ``folder``, and what is asked.

    ``parts``: flights of some buckets; ``world``, ``reception``: of all aircraft. ``silence``: whether
    reception is asked about ways that nobody was heard on. ``keeps``: the worker keeps the result itself, and
    hands nothing back.
    """

    name: str
    parts: tuple[str, ...]
    folder: str
    world: str
    reception: str
    silence: bool
    overlays: tuple[bytes, ...]
    keeps: bool


class _World(NamedTuple):
    history: History
    busy: NDArray[np.int64]
    reception: Reception | None


def name_ends(task: EndsTask) -> bytes:
    """Keep the tables flights, ends, gaps and candidates of all buckets, or return them packed."""
    world = _world(task.folder, task.world, task.reception)
    fields = airfields_of(task.overlays)
    seen = flights.join_observed([flights.taken_up(_kept(task.folder, name)) for name in task.parts])
    told = flights.weigh(seen, world.reception)
    tables = {
        "flights": told.flights,
        "ends": told.ends,
        "gaps": told.gaps,
        "candidates": empty("candidates"),
    }
    if told.unseen is not None:
        quiet = None
        if world.reception is not None and task.silence:
            quiet = flights.silence_of(world.reception, fields, world.busy)
        made = flights.infer(
            told.flights, told.ends, told.unseen, fields, history=world.history, silence=quiet
        )
        tables |= {"flights": made.flights, "ends": made.ends, "candidates": made.candidates}
    data = packed(tables)
    if not task.keeps:
        return data
    write_kept(Path(task.folder), task.name, data)
    return b""


def forget() -> None:
    """Let go of what this process holds of all aircraft."""
    _world.cache_clear()


@lru_cache(maxsize=1)
def _world(folder: str, name: str, reception: str) -> _World:
    give_back()  # the same process worked through positions before
    heard = _kept(folder, reception)["coverage"] if reception else None
    tables = _kept(folder, name)
    busy = np.asarray(tables["busy"].column("bin").to_numpy(), dtype=np.int64)
    history = flights.history_of_visits(tables["visits"])
    return _World(history, busy, None if heard is None else reception_of(heard))


def _kept(folder: str, name: str) -> dict[str, pa.Table]:
    tables = read_kept(Path(folder), name)
    if tables is None:
        raise WaystationError(
            f"{folder}/{name[:2]}/{name} is missing or damaged, and was written when this step began. On "
            "a cluster all machines must see this folder under the same path"
        )
    return tables
