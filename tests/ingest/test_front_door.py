from __future__ import annotations

import re
from pathlib import Path

from waystation import ingest
from waystation.ingest import FORMATS, NOTES, REFUSALS

ROOT = Path(__file__).resolve().parents[2]


def test_the_front_door_is_short_and_real():  # ruff keeps it sorted
    assert set(ingest.__all__) == {"FORMATS", "NOTES", "REFUSALS", "Parsed", "build"}
    assert all(hasattr(ingest, name) for name in ingest.__all__)


def test_every_format_and_reason_is_documented():
    page = (ROOT / "docs/rules/ingest.md").read_text()
    said = set(re.findall(r"^\| `([a-z0-9-]+)` \|", page, re.MULTILINE))
    assert said == set(REFUSALS) | set(NOTES) | set(FORMATS)
