"""Weeks among other windows."""

from __future__ import annotations

from datetime import UTC, datetime

from waystation.briefing.weeks import weekly


def window(start, stop):
    return {
        "subject": "a",
        "from_utc": datetime(2020, 9, start, tzinfo=UTC),
        "to_utc": datetime(2020, 9, stop, tzinfo=UTC),
    }


def test_days_the_whole_and_since_a_date_are_no_weeks():
    weeks = [window(8, 14), window(14, 15)]  # the 14th is a Monday
    others = [window(8, 15), window(12, 15), window(9, 10), window(12, 14), window(13, 14)]
    assert weekly([*others, *weeks, weeks[0]]) == weeks
    assert weekly([]) == []
