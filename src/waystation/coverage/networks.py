"""Several networks at once: which of them heard a flight, where one was deaf, and where they disagree.

A silence of one network that another filled was coverage, whatever it looked like to the first. Counted over
all flights that is a check of what ``dark`` may mean: docs/rules/networks.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from waystation.terms.schema import TABLES, empty

__all__ = ["NetworkRules", "by_network", "has_several", "join_networks"]

_NAMES: Final = ("flight_networks", "network_silences")


@dataclass(frozen=True)
class NetworkRules:
    """What counts as silence of one network, and as two networks at odds."""

    min_silence_s: float = 900.0  # as for all networks together: ``tracks.GapRules``
    clear_s: float = 60.0  # a report this near the edge of a silence fills nothing: clocks differ
    same_instant_s: float = 1.0
    apart_km: float = 5.0  # latency and rounding make 1 km at jet speed; more is another place


def has_several(sources: pa.Table) -> bool:
    """Whether at least two named networks stand behind an archive. One without a name may be either."""
    return len(sources.column("network").drop_null().unique()) > 1


def by_network(
    positions: pa.Table, flights: pa.Table, sources: pa.Table, rules: NetworkRules | None = None
) -> dict[str, pa.Table]:
    """Return ``flight_networks`` and ``network_silences`` of ``flights``.

    ``positions``: the archive's rows in any order, masked ones too, since a false position was heard as well
    as a true one. ``sources`` names their networks; rows of sources that name none are left out.
    """
    from waystation.coverage.network_frames import counted

    return counted(positions, flights, sources, rules or NetworkRules()) or {n: empty(n) for n in _NAMES}


def join_networks(parts: list[dict[str, pa.Table]]) -> dict[str, pa.Table]:
    """Put together what batches of whole aircraft gave."""
    return {
        name: pa.concat_tables([TABLES[name].empty_table(), *(p[name] for p in parts)]).combine_chunks()
        for name in _NAMES
    }
