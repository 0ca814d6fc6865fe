"""A fetch that is killed again and again ends in the archive of one that was left alone, byte for byte."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from killed_for_tests import DAYS, FLEET, fill, kill_and_resume, left_alone, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from servers_for_tests import Server


def test_killed_at_random_and_resumed_gives_the_same_archive(tmp_path: Path, server: Server) -> None:
    fill(server)
    archive = tmp_path / "archive"
    whole = left_alone(server, archive)
    assert len([name for name in whole if name.startswith("raw/")]) == len(FLEET) * len(DAYS) * 2 // 3 + 1
    assert any(name.startswith("positions/") for name in whole)
    kills = kill_and_resume(server, archive, 5, random.Random(8))
    assert kills >= 3
    assert snapshot(archive) == whole
