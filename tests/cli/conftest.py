"""One run of a small case, shared by the tests of the commands that only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flown_for_tests import case_folder

from waystation.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The case file of a case that was run; its result is in out/ beside it. Do not change it."""
    case = case_folder(tmp_path_factory.mktemp("case"))
    assert main(["run", str(case)]) == 0
    return case
