from __future__ import annotations

import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def figures(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    sys.modules.pop("scale_figures", None)
    import scale_figures

    return scale_figures


TOLD = {
    "ingest": {
        "1k": {"positions": 10, "positions_per_cpu_s": 1.0, "gzip_bytes": 10, "bytes_a_position": 1.0},
        "10k": {
            "positions": 1_000_000,
            "positions_per_cpu_s": 1e6,
            "gzip_bytes": 20_000_000,
            "bytes_a_position": 10.0,
        },
        "80k": {"error": "out of disk"},
    },
    "flights": {"1k": {"positions_per_cpu_s": 1.0}, "10k": {"positions_per_cpu_s": 5e5}},
}


def test_a_decade_follows_from_the_largest_day_that_was_measured(figures):
    m = figures.measured(TOLD)
    assert (m.size, m.raw_bytes_a_position) == ("10k", 20.0)
    rows = {what: value for what, _, value in figures.decade(m, figures.Assumed(cores=100, busy=0.5))}
    assert rows["raw days"] == "2.0 TB"
    assert rows["archive"] == "1.0 TB"
    assert rows["ingest"] == "28 core hours"  # 1e11 / 1e6 / 3600
    assert rows["archive → flights"] == "56 core hours"
    assert rows["flights on 100 cores"] == "1.1 h"
    assert rows["computing, once"] == "$7"  # 83.3 core hours / 0.5 × $0.04
    assert rows["storage, a month"].startswith("$69;")


def test_what_was_not_measured_is_not_told(figures):
    assert figures.page_table({}).startswith("Not measured yet")
    page = (SCRIPTS.parent / "docs" / "scale.md").read_text()
    assert figures.MARK.search(page)
    assert "Extrapolated" in figures.page_table(TOLD)
