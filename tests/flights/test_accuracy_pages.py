"""The pages of the rules say what was measured: their figures are those that the results make."""

import copy
import json
import re

import pytest
from bench import rules_tables
from bench.accuracy import endings_table, faults_table, observed_table
from bench.accuracy.measured import section
from bench.pages import MARK, filled

PAGES = {
    endings_table.PAGE: endings_table.made,
    faults_table.GROUND: faults_table.made_of_ground,
    **observed_table.PAGES,
    **rules_tables.PAGES,
}
each = pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)


@each
def test_the_page_holds_the_figures_of_the_result(page):
    text = page.read_text()
    assert filled(text, PAGES[page]()) == text, "run the script's --write; the page says which"


@each
def test_every_text_has_its_place(page):
    assert sorted(m[1] for m in MARK.findall(page.read_text())) == sorted(PAGES[page]())


def test_no_figure_of_the_endings_is_typed():
    measured = endings_table.PAGE.read_text().split("## Measured\n")[1]
    typed = re.sub(r"`[^`]*`|\bB\d\b|\btop-1\b|\]\([^)]*\)", "", MARK.sub("", measured).split("## What")[0])
    assert not re.findall(r"\d[\d,.]*", typed)


def results():
    return (copy.deepcopy(section(endings_table.RESULT, n)) for n in ("crossfit", "blackbox"))


def test_a_log_loss_short_of_the_aim_is_said():
    told, box = results()
    group = "origin dist_25"
    rule = endings_table.best(box, group, "log_loss")[0]
    told["groups"][group]["log_loss"] = 0.89 * rule
    assert "origin, 25 km:" not in endings_table.loss(told, box)
    told["groups"][group]["log_loss"] = 0.95 * rule
    assert f"origin, 25 km: {0.95 * rule:.2f}, asked {0.9 * rule:.2f}" in endings_table.loss(told, box)


def test_the_best_rule_has_the_least_log_loss_and_the_greatest_top1():
    box = {"rules": {"a": {"g": {"top1": 0.2, "log_loss": 2.0}}, "b": {"g": {"top1": 0.5, "log_loss": 3.0}}}}
    assert endings_table.best(box, "g", "log_loss") == (2.0, "a")
    assert endings_table.best(box, "g", "top1") == (0.5, "b")


def test_missed_bars_come_first_and_pieces_add_up():
    _, box = results()
    said = endings_table.outside(box)
    assert said.count("**missed**") == sum(not b["met"] for b in box["bars"])
    assert said.rfind("**missed**") < said.find("| met |")
    assert len(box["pieces"]) == box["split"]


def test_a_miss_on_real_flights_changes_the_page():
    told = section(observed_table.RESULT, "observed")
    was = observed_table.observed(told)
    told["sets"]["traffic"]["right"] -= 1
    assert observed_table.observed(told) != was


def test_results_name_machine_commit_and_date():
    for path in (endings_table.RESULT, observed_table.RESULT):
        for name, told in json.loads(path.read_text()).items():
            assert told["on"].keys() >= {"cpu", "commit", "date", "arguments", "seconds"}, name
            assert not told["on"]["source_changed_since_commit"], name
