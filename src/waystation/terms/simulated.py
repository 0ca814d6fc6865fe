"""How made-up data is told from recorded data, wherever it goes.

A raw trace that ``simulate`` made has the key ``simulated`` at its top; the network of such a source is
``SIMULATED``; every table, page and claim made from one such source says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow.compute as pc

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["KEY", "NETWORK", "is_simulated"]

KEY: Final = "simulated"
NETWORK: Final = "SIMULATED"


def is_simulated(sources: pa.Table) -> bool:
    """Whether any of the ``sources`` is made up: one is enough to colour all that is counted from them."""
    return bool(pc.any(pc.equal(sources.column("network"), NETWORK)).as_py())
