from __future__ import annotations

from tests.ingest.formats_page import PAGE, page


def test_the_page_of_formats_says_what_is_read():
    assert PAGE.read_text() == page(), "stale: run python -m tests.ingest.formats_page"
