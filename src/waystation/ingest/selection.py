"""Which positions an archive is to hold: all, those of some aircraft, those inside a box.

What is left out leaves no trace but this: ``sources.selection`` says on every row what was selected, so that
nobody takes an archive of some aircraft for one of all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from waystation.terms.addresses import normal_address
from waystation.terms.errors import UsageError
from waystation.terms.identifiers import content_id

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["EVERYTHING", "Box", "Selection", "name_address", "selection_of"]

Box = tuple[float, float, float, float]  # south, west, north, east in degrees; west > east crosses 180°

_NAMED: Final = re.compile(r"(?:^|/)trace_(?:full|recent)_(~?[0-9a-f]{6})\.json(?:\.gz)?\Z", re.IGNORECASE)
_SHOWN: Final = 3  # addresses that the text of a selection spells out


@dataclass(frozen=True)
class Selection:
    """``icao24``: only these addresses; ``box``: only positions inside, edges included; None: all."""

    icao24: frozenset[str] | None = None
    box: Box | None = None

    @property
    def text(self) -> str | None:
        """Say what is selected, the same words for the same selection; None for everything."""
        said = []
        if self.icao24 is not None:
            ours = sorted(self.icao24)
            few = ", ".join(ours[:_SHOWN]) + (", …" if len(ours) > _SHOWN else "")
            said.append(f"aircraft: {len(ours)} ({few}; list {content_id(*ours)})")
        if self.box is not None:
            said.append("box: " + ",".join(f"{x:g}" for x in self.box))
        return "; ".join(said) or None

    def wants_file(self, uri: str) -> bool:
        """Whether a file may hold what is wanted, as far as its name tells."""
        named = None if self.icao24 is None else name_address(uri)
        return named is None or self.icao24 is None or named in self.icao24

    def inside(self, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether positions lie in the box."""
        if self.box is None:
            return np.ones(len(lat), dtype=np.bool_)
        south, west, north, east = self.box
        across = (lon >= west) | (lon <= east) if west > east else (lon >= west) & (lon <= east)
        return np.asarray((lat >= south) & (lat <= north) & across)

    def of(self, positions: pa.Table) -> pa.Table:
        """Return the rows of ``positions`` that are wanted."""
        if self.icao24 is not None:
            wanted = pa.array(sorted(self.icao24), pa.string())
            positions = positions.filter(pc.is_in(positions["icao24"], value_set=wanted))
        if self.box is not None:
            mask = self.inside(positions["lat"].to_numpy(), positions["lon"].to_numpy())
            positions = positions.filter(pa.array(mask))
        return positions


EVERYTHING: Final = Selection()


def selection_of(icao24: frozenset[str] | None, box: Box | None) -> Selection:
    """Return a selection, checked. Raises ``UsageError`` for what is no address or no box."""
    if icao24 is not None:
        for text in sorted(icao24):
            if normal_address(text) is None:
                raise UsageError(f"{text!r} is no ICAO address: six hex digits, as in 4b1814")
        icao24 = frozenset(a for a in map(normal_address, icao24) if a)
    if box is not None:
        south, west, north, east = box
        if not (-90 <= south < north <= 90 and all(-180 <= x <= 180 for x in (west, east))):
            raise UsageError(f"{box} is no box: SOUTH,WEST,NORTH,EAST in degrees, as in 30,10,38,37")
    return Selection(icao24, box)


def name_address(uri: str) -> str | None:
    """Return the address that the name of a readsb trace tells; None for any other name."""
    found = _NAMED.search(uri)
    return normal_address(found[1]) if found else None
