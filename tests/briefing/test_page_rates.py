"""Rate questions of one route are one answer: one table, each number linked, no claim lost; the margins in print."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from briefed_for_tests import EVIL
from moved_for_tests import AIRFIELDS, CASE, SINCE, tables
from pages_for_tests import Page

from waystation import briefing
from waystation.briefing.page_print import margins
from waystation.briefing.page_rates import together
from waystation.terms.case_view import Question

RATES = tuple(
    Question(i, "rate", route=("OSLK", "HL59"), since=SINCE.date(), type=t)
    for i, t in (("a", "A124"), ("b", None), ("c", "IL76"))
)
ASKED = (*RATES, CASE.questions[1])


@pytest.fixture(scope="module")
def made():
    return briefing.build(tables(), replace(CASE, questions=ASKED), None, AIRFIELDS, {})


@pytest.fixture(scope="module")
def answer(made):
    """The markup of the answer, from its heading to the next."""
    parts = re.split(r'<div class="answer" id="', made.html)[1:]
    assert [p.split('"', 1)[0] for p in parts] == ["b", CASE.questions[1].id]
    return parts[0]


def words(markup):
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def test_questions_that_differ_in_the_type_only_are_together():
    later = replace(RATES[0], id="d", since=None)
    groups = together((RATES[0], CASE.questions[1], *RATES[1:], later))
    assert [[q.id for q in g] for g in groups] == [["b", "a", "c"], ["q2"], ["d"]]


def test_one_heading_asks_for_all_of_them(answer):
    heading = words(answer[: answer.index("</h3>")])
    assert heading.endswith("since 15 December 2024, in all and by A124 and IL76?")
    assert answer.count("<figure") == 1


def test_no_claim_is_lost_and_each_is_there_once(made):
    page = Page(made.html)
    ids = [c["claim_id"] for c in made.claims.to_pylist()]
    assert sorted(i for i in page.ids if i.startswith("claim-")) == sorted(ids)
    assert page.faults == []
    assert [link for link in page.links if link[1:] not in page.ids] == []
    assert {"a", "b", "c"} <= set(page.ids)


def test_the_large_numbers_are_those_of_all_types(answer):
    large = answer[: answer.index("<figure")]
    assert "by type" not in words(large)
    for said in ("heard and named at both ends", "by its probability", "Corrected for"):
        assert said.lower() in words(large).lower()


def test_every_number_of_the_table_leads_to_its_rows(made, answer):
    table = answer[answer.index('class="plain-table rates"') : answer.index("</table>")]
    lines = re.findall(r"<tr><th scope=\"row\".*?</tr>", table, re.DOTALL)
    assert [words(line).split(" ")[0] for line in lines] == ["all", "IL76", "A124"]
    claims = {c["claim_id"]: c for c in made.claims.to_pylist()}
    named = [c for c in claims.values() if c["query"].startswith("count of flights") and "A124" in c["query"]]
    assert re.search(rf'href="#[^"]+"[^>]*>{named[0]["value"]:.0f}</a>', lines[2])
    assert lines[1].count('href="#') >= 4


def test_a_headline_for_every_question_stands_first(made):
    short = made.html[made.html.index('<ol class="short"') : made.html.index("</ol>")]
    assert short.count("<li>") == 2
    assert 'href="#b"' in short
    assert "flights a day flew" in short


def test_each_margin_says_simulated_and_no_title_gets_out_of_its_string(made):
    style = re.search(r"<style>(.*?)</style>", made.html, re.DOTALL)[1]
    assert style.count('content: "SIMULATED DATA"') == 2
    assert "SIMULATED" not in margins("A title", simulated=False)
    made_of = margins(f'"}} </style>{EVIL}\\', simulated=False)
    inside = re.search(r'@top-left \{ content: "(.*)"; \}', made_of)[1]
    assert re.fullmatch(r"(?:[\w .,:-]|\\[0-9a-f]+ )*", inside)
    assert "<" not in made_of
    assert len(margins("x" * 500, simulated=False)) < 400
