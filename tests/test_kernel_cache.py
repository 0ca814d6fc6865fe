"""Kernels find a place to be kept, also where nothing can be written beside the source or at home."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from waystation import kernel_cache
from waystation.kernel_cache import choose_cache

HERE = str(Path(kernel_cache.__file__).parent)


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder is named, and what a test makes the code name is forgotten: later tests would compile anew."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")  # so that there is something to put back
    monkeypatch.delenv("NUMBA_CACHE_DIR")


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An installation that cannot be written to, a home that is missing, and a temporary folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/no/such/home")
    monkeypatch.setattr(os, "access", lambda path, _mode: path not in {HERE, "/"})
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_writable_installation_keeps_them_beside_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, _mode: path == HERE)
    choose_cache()
    assert "NUMBA_CACHE_DIR" not in os.environ


def test_a_home_is_enough(monkeypatch: pytest.MonkeyPatch, read_only: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(read_only / "not" / "yet"))
    choose_cache()
    assert "NUMBA_CACHE_DIR" not in os.environ


def test_else_a_folder_of_ones_own(monkeypatch: pytest.MonkeyPatch, read_only: Path) -> None:
    choose_cache()
    chosen = Path(os.environ["NUMBA_CACHE_DIR"])
    assert chosen.parent == read_only
    assert chosen.stat().st_mode & 0o777 == 0o700
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    choose_cache()
    assert Path(os.environ["NUMBA_CACHE_DIR"]) == chosen


def test_never_one_that_others_can_write_to(read_only: Path) -> None:
    planted = read_only / f"waystation-kernels-{os.getuid()}"
    planted.mkdir()
    planted.chmod(0o777)
    choose_cache()
    assert Path(os.environ["NUMBA_CACHE_DIR"]) != planted


def test_what_the_user_names_stands(monkeypatch: pytest.MonkeyPatch, read_only: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(read_only / "mine"))
    choose_cache()
    assert os.environ["NUMBA_CACHE_DIR"] == str(read_only / "mine")
