"""docs/rules/cleaning.md says what was measured: its table is the one that the result makes."""

import json

import pytest
from bench.accuracy.faults_table import PAGE, RESULT, made, table
from bench.pages import MARK, filled


def test_the_page_holds_the_table_of_the_result():
    page = PAGE.read_text()
    assert [m[1] for m in MARK.findall(page)] == ["faults"]
    assert filled(page, made()) == page, "run: python -m bench.accuracy.faults_table --write"


def test_another_figure_makes_another_table():
    told = json.loads(RESULT.read_text())
    was = table(told)
    told["faults"]["frozen"]["ends_changed"] += 1
    assert table(told) != was


def test_the_half_that_rules_are_tuned_on_makes_no_table():
    with pytest.raises(ValueError, match="--half report"):
        table(json.loads(RESULT.read_text()) | {"half": "tune"})
