"""How many tracks begin or end in the air around places: ``terms.reception.edge_traffic`` once a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.cells import cells_of_squares, squares_of
from waystation.terms.reception import edge_traffic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.terms.reception import Reception

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["edge_counts"]


def edge_counts(reception: Reception, lat: Floats, lon: Floats) -> tuple[Ints, Ints]:
    """Return (ends, bodies) of ``edge_traffic`` for each place; degrees, finite."""
    squares, of_square = np.unique(squares_of(lat, lon), return_inverse=True)
    _, one, of_cell = np.unique(cells_of_squares(squares), return_index=True, return_inverse=True)
    some = np.unique(of_square, return_index=True)[1][one]  # a place in each cell
    counts = [edge_traffic(reception, lat[k], lon[k]) for k in some.tolist()]
    table = np.array(counts, dtype=np.int64).reshape(-1, 2)[of_cell[of_square]]
    return table[:, 0], table[:, 1]
