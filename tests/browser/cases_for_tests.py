"""The two cases that the browser clicks through: a real week, and four weeks of the simulated winter."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

CASES = Path(__file__).parents[2] / "cases"
WHOLE = "from = 2024-10-01, to = 2025-02-28"
SHORT = "from = 2024-12-02, to = 2024-12-29"


def short_winter(folder: Path) -> Path:
    """Write the simulated case with four weeks around the move instead of five months; return the case file."""
    folder.mkdir(parents=True)
    for name in ("scenario.toml", "case.toml"):
        text = (CASES / "hub-shift" / name).read_text()
        assert WHOLE in text
        text = text.replace(WHOLE, SHORT).replace("\nfrom = 2024-10-01\n", "\nfrom = 2024-12-02\n")
        text = re.sub(r"\[\[outage\]\][^\[]*\[[^\[]*?(?=\n\[)", "", text)  # those of other months
        text = text.partition("\n# What if more were closed")[
            0
        ]  # scenarios: two thirds of the work on stopovers
        (folder / name).write_text(text)
    for name in ("observations.csv", "published.csv"):
        shutil.copy(CASES / "hub-shift" / name, folder / name)
    return folder / "case.toml"


def real_week(folder: Path) -> Path:
    """Copy the case of the real week; return the case file."""
    folder.mkdir(parents=True)
    return Path(shutil.copy(CASES / "fire-season" / "case.toml", folder / "case.toml"))
