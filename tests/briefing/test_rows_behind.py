"""Rows of other tables lead to the flights that they name."""

from __future__ import annotations

import pyarrow as pa

from waystation.briefing.rows_behind import flights_behind, table_of
from waystation.terms.schema import TABLES


def test_relays_and_itineraries_name_their_flights() -> None:
    relays = [
        {"relay_id": "r1", "from_flight": "f1", "to_flight": "f2"},
        {"relay_id": "r2", "from_flight": "f3", "to_flight": "f4"},
    ]
    tables = {"relays": pa.Table.from_pylist(relays, schema=TABLES["relays"])}
    assert flights_behind("relays", ["r2"], tables) == ("f3", "f4")
    assert flights_behind("ends", ["f9/origin", "f9/destination"], tables) == ("f9",)
    assert flights_behind("rates", ["OSLK>HL59//a/b"], tables) == ()
    assert flights_behind("stays", ["s1"], tables) == ()
    assert table_of('count of relays where via = "HL59"') == "relays"
