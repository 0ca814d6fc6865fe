"""Every square on earth: the cell of our kernel beside that of the H3 library. Half a minute on one core.

python -m bench.accuracy.cells [ROWS]      only every so many rows of squares (default 1: all 25,920,000)
"""

from __future__ import annotations

import sys

import numpy as np

from waystation.terms import cells
from waystation.terms.cell_kernel import UNSURE, grid, short_cells


def main() -> None:
    """Count squares whose cells differ, and those for which the library is asked anyhow."""
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    looked = unsure = differ = 0
    for row in range(0, cells.N_SQUARES // cells.SQUARES_ROUND, every):
        squares = row * cells.SQUARES_ROUND + np.arange(cells.SQUARES_ROUND)
        unsure += int((short_cells(squares, grid()) == UNSURE).sum())
        wanted = cells.cells_by_library(squares)
        differ += int((cells.cells_of_squares(squares) != wanted).sum())
        looked += len(squares)
    print(f"{looked:,} squares: {differ} differ, {unsure} are left to the library")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
