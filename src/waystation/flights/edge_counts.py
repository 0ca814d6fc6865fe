"""How many tracks begin or end in the air around places: ``terms.reception.edge_traffic`` once a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waystation.terms.cells import cells_of_squares, neighbours, squares_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waystation.terms.reception import Reception

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["edge_counts"]

MOST = 7  # a cell and those that touch it
LOWEST_BAND = 1  # of ``edge_traffic``: higher than where one lands


def edge_counts(reception: Reception, lat: Floats, lon: Floats) -> tuple[Ints, Ints]:
    """Return (ends, bodies) of ``edge_traffic`` for each place; degrees, finite."""
    squares, of_square = np.unique(squares_of(lat, lon), return_inverse=True)
    cells, of_cell = np.unique(cells_of_squares(squares), return_inverse=True)
    return tuple(column[of_cell[of_square]] for column in _of_cells(reception, cells))  # type: ignore[return-value]


def _of_cells(r: Reception, cells: NDArray[np.uint64]) -> tuple[Ints, Ints]:
    """Return (ends, bodies) of ``edge_traffic`` for distinct cells; 0 where nobody was heard in a cell."""
    out = np.zeros((2, len(cells)), dtype=np.int64)
    if not len(r.cells):
        return out[0], out[1]
    heard = np.flatnonzero(r.cells[np.minimum(np.searchsorted(r.cells, cells), len(r.cells) - 1)] == cells)
    if not len(heard):
        return out[0], out[1]
    near = np.zeros((len(heard), MOST), dtype=np.uint64)  # 0 is no cell: pentagons have a neighbour less
    for k, cell in enumerate(cells[heard].tolist()):
        around = neighbours(cell)
        near[k, : len(around)] = around
    at = np.minimum(np.searchsorted(r.cells, near), len(r.cells) - 1)
    there = r.cells[at] == near
    ends = np.where(there[:, :, None], r.ends[at][:, :, LOWEST_BAND:], -1).reshape(len(heard), -1)
    bodies = r.bodies[at][:, :, LOWEST_BAND:].reshape(len(heard), -1)
    most = np.argmax(ends, axis=1)[:, None]
    out[:, heard] = [np.take_along_axis(x, most, axis=1)[:, 0] for x in (ends, bodies)]
    return out[0], out[1]
