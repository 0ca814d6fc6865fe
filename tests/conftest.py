"""Fixtures that every room shares."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cluster_for_tests import Bucket

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as ``waystation.algebra``, before a test loads NumPy
ROOT = Path(__file__).resolve().parent.parent
DEV_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def dev_data() -> Path:
    """The folder of real flights with known truth; tests that need it skip where it is missing."""
    if not DEV_DATA.is_dir():
        pytest.skip("real flights are not on this machine: ../shared/data is missing")
    return DEV_DATA


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    """An S3 server of this machine with one bucket, and the environment that leads to it."""
    missing = [m for m in ("obstore", "distributed") if importlib.util.find_spec(m) is None]
    if missing:
        assert os.environ.get("WAYSTATION_CLUSTER") != "required", f"{missing} are missing: make setup"
        pytest.skip(f"{missing} are not installed: pip install -e '.[dev]'")
    from cluster_for_tests import Bucket

    server = Bucket(tmp_path_factory.mktemp("bucket"))
    before = {name: os.environ.get(name) for name in server.environment}
    try:
        server.start()
        os.environ.update(server.environment)
        yield server
    finally:
        server.stop()
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
