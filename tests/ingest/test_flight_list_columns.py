"""Headers as people write them."""

from __future__ import annotations

from waystation.ingest.flight_list_columns import missing_columns, resolve_list


def test_a_header_that_names_utc_is_still_a_departure() -> None:
    columns, _ = resolve_list(["Registration", "From", "To", "Departure (UTC)", "Arrival (GMT)"])
    assert (columns["takeoff"], columns["landing"]) == ("Departure (UTC)", "Arrival (GMT)")
    assert missing_columns(columns) == []


def test_a_column_of_that_very_name_comes_first() -> None:
    columns, _ = resolve_list(["tail", "from", "to", "Departure", "Departure UTC"])
    assert columns["takeoff"] == "Departure"
