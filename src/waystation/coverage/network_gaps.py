"""What a second network says about silence: of one network alone it was coverage, of all it may be dark.

    A  ──────┤           ├──────     network_silences   A: coverage, B heard it in between
    B  ───────────────────────       gaps               none: it was heard
    A  ──────┤           ├──────     network_silences   A and B: as the gap
    B  ──────┤           ├──────     gaps               dark, if reception was good and both were listening

``flights`` labels the gaps of all reports together. Here those labels meet what each network had of that day:
reception is measured on both, so a day that one of them lacks makes it look better than it was.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from waystation.coverage.archive_days import ArchiveRules, File, days_of, files_of
from waystation.terms.schema import conform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["NetworkGapRules", "label_by_networks"]

_HEARD: Final = {
    "teleport",
    "lower-source",
}  # masked, but sent and heard; a frozen place may be an old report
Row = dict[str, Any]


@dataclass(frozen=True)
class NetworkGapRules:
    """When a network has a say in what a silence means."""

    min_share: float = 0.1  # of the archive's positions: a smaller one hardly moves the measure of reception
    clear_s: float = 60.0  # a report this near the edge of a silence says nothing: clocks differ


def label_by_networks(
    gaps: pa.Table,
    silences: pa.Table,
    masks: pa.Table,
    sources: pa.Table,
    rules: NetworkGapRules = NetworkGapRules(),
) -> dict[str, pa.Table]:
    """Return ``gaps`` and ``network_silences`` with labels and reasons that know who was listening.

    ``gaps``: labelled; only ``dark`` ones change. ``masks``: positions that were heard and not used.
    """
    listening = _Listening(sources, rules)
    rows = gaps.to_pylist()
    unused = _heard_unused(masks, {g["icao24"] for g in rows if g["label"] == "dark"})
    rows = [_judged(g, listening, unused, rules) if g["label"] == "dark" else g for g in rows]
    judged = conform("gaps", pa.Table.from_pylist(rows, schema=gaps.schema))
    of_flight: dict[str, list[Row]] = defaultdict(list)
    for g in rows:
        of_flight[g["flight_id"]].append(g)
    told = [s | _silence(s, of_flight.get(s["flight_id"], ())) for s in silences.to_pylist()]
    return {
        "gaps": judged,
        "network_silences": conform("network_silences", pa.Table.from_pylist(told, schema=silences.schema)),
    }


class _Listening:
    """Which networks had files of a day in which an aircraft could stand."""

    def __init__(self, sources: pa.Table, rules: NetworkGapRules) -> None:
        n: dict[str, int] = defaultdict(int)
        for network, positions in zip(
            *(sources.column(c).to_pylist() for c in ("network", "n_positions")), strict=True
        ):
            if network is not None:
                n[network] += positions or 0
        total = sum(n.values())
        self.networks = sorted(k for k, some in n.items() if some >= rules.min_share * total)
        self._folders: dict[tuple[str, date], set[str | None]] = defaultdict(set)
        self._world: set[str] = set()
        limits = ArchiveRules()
        for network, files in files_of(sources).items():
            if network in self.networks:
                self._take(network, files, limits)

    def _take(self, network: str, files: Sequence[File], limits: ArchiveRules) -> None:
        for f in files:
            for day in days_of(f, limits):
                self._folders[network, day].add(f.folder)
        most = max((len(v) for (name, _), v in self._folders.items() if name == network), default=0)
        if most >= limits.whole_world_folders:
            self._world.add(network)

    def absent(self, icao24: str, begin: datetime, end: datetime) -> Iterator[str]:
        """Yield what each network lacks of the days from ``begin`` to ``end``, in words."""
        for network in self.networks:
            day = begin.date()
            while day <= end.date():
                folders = self._folders.get((network, day), set())
                if not folders:
                    yield f"{network} has no file of {day}"
                elif network in self._world and None not in folders and icao24[-2:] not in folders:
                    yield f"{network} lacks the folder {icao24[-2:]} of {day}, where this aircraft would be"
                day += timedelta(days=1)


def _judged(
    gap: Row, listening: _Listening, unused: Mapping[str, Sequence[Row]], rules: NetworkGapRules
) -> Row:
    """A dark gap stays dark if everybody who was measured was listening, and nobody heard a thing."""
    begin, end = (t.astimezone(UTC) for t in (gap["from_utc"], gap["to_utc"]))
    clear = timedelta(seconds=rules.clear_s)
    heard = [r for r in unused.get(gap["icao24"], ()) if begin + clear < r["time_utc"] < end - clear]
    if n := len({(r["time_utc"], r["source_id"], r["record"]) for r in heard}):
        return gap | {
            "label": "unknown",
            "reason": f"{gap['reason']}; but {n} positions in it were heard, masked as out of reach",
        }
    lacks = sorted(set(listening.absent(gap["icao24"], begin, end)))
    if lacks:
        return gap | {
            "label": "unknown",
            "reason": f"{gap['reason']}; but {', '.join(lacks)}, and reception was measured with it",
        }
    names = " and ".join(listening.networks)
    return gap | {"reason": f"{gap['reason']}; heard by none of {names}, all of which have files of the day"}


def _heard_unused(masks: pa.Table, addresses: set[str]) -> dict[str, list[Row]]:
    """Return address → its positions that were heard and not used, of ``addresses`` only."""
    mine = pc.is_in(masks.column("icao24"), value_set=pa.array(sorted(addresses), pa.string()))
    some = masks.filter(pc.and_(mine, pc.is_in(masks.column("mask"), value_set=pa.array(sorted(_HEARD)))))
    out: dict[str, list[Row]] = defaultdict(list)
    for r in some.select(["icao24", "time_utc", "source_id", "record"]).to_pylist():
        out[r["icao24"]].append(r)
    return out


def _silence(silence: Row, gaps: Sequence[Mapping[str, Any]]) -> Row:
    """Label one network's silence: by who filled it, else as the gap of all networks that it lies over."""
    if silence["filled_by"]:
        return {
            "label": "coverage",
            "reason": f"{silence['filled_by']} heard it {silence['n_positions']} times in between: "
            f"{silence['network']} was deaf, the aircraft was not silent",
        }
    over = [g for g in gaps if g["from_utc"] < silence["to_utc"] and g["to_utc"] > silence["from_utc"]]
    if not over:
        return {"label": "unknown", "reason": "no other network heard it in between"}
    longest = max(over, key=lambda g: (g["silence_s"], g["gap_id"]))
    return {"label": longest["label"], "reason": f"no other network heard it either: {longest['reason']}"}
