"""Fixtures that every room shares."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DEV_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def dev_data() -> Path:
    """The folder of real flights with known truth; tests that need it skip where it is missing."""
    if not DEV_DATA.is_dir():
        pytest.skip("real flights are not on this machine: ../shared/data is missing")
    return DEV_DATA
