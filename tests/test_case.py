"""A case file that is wrong says where, what and what to do; all at once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from waystation.case import Case, read_case
from waystation.soundness import check_case
from waystation.terms.case_view import Fleet, Observation, Override
from waystation.terms.errors import CaseError
from waystation.world.airfields import load_airfields

if TYPE_CHECKING:
    from pathlib import Path

FULL = """
title = "After Hmeimim"
period = { from = 2024-10-01, to = 2025-02-28 }
sources = ["traces"]

[fleet]
types = ["A124", "il76"]
icao24 = ["154076", "0x15405A"]

[[site]]
id = "OSLK"
name = "Hmeimim"
group = "Syria"

[[site]]
id = "X-STRIP"
lat = 27.1
lon = 14.2

[[event]]
id = "assad-falls"
date = 2024-12-08

[[question]]
kind = "rate"
route = ["OSLK", "HL59"]
since = 2024-12-15

[[question]]
kind = "outflow"
site = "Syria"
event = "assad-falls"

[[override]]
flight = "f3a1c0de"
end = "destination"
airfield = "HL59"
by = "A. Analyst"
date = 2025-01-03
reason = "satellite image"

[[observation]]
date = 2024-12-26
site = "HL59"
kind = "report"
source = "https://example.org"
says = "landed"
grade = "B2"
"""


def written(folder: Path, text: str) -> Path:
    (folder / "traces").mkdir(exist_ok=True)
    path = folder / "case.toml"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str) -> Case:
    return read_case(written(folder, text))


def problems_of(folder: Path, text: str, ids: frozenset[str] | None = None) -> dict[str, str]:
    return {p.place: f"{p.what}; {p.remedy}" for p in check_case(read(folder, text), load_airfields(), ids)}


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(CaseError) as caught:
        read(folder, text)
    return str(caught.value)


def test_a_full_case_reads_into_its_view(tmp_path: Path) -> None:
    case = read(tmp_path, FULL)
    view = case.view
    assert (view.title, view.period_from, view.period_to) == (
        "After Hmeimim",
        date(2024, 10, 1),
        date(2025, 2, 28),
    )
    assert view.fleet == Fleet(types=("A124", "IL76"), icao24=("154076", "15405a"))
    assert [q.id for q in view.questions] == ["q1", "q2"]
    assert view.questions[0].route == ("OSLK", "HL59")
    assert view.overrides == (
        Override("f3a1c0de", "A. Analyst", date(2025, 1, 3), "satellite image", "destination", "HL59"),
    )
    assert view.observations[0] == Observation(
        date(2024, 12, 26), "report", "https://example.org", "landed", "HL59", "B2"
    )
    assert case.inputs == (str(tmp_path / "traces"),)
    assert check_case(case, load_airfields()) == []


def test_a_question_that_could_stand_beside_an_event_is_told_so(tmp_path: Path) -> None:
    told = problems_of(tmp_path, FULL + '[[question]]\nkind = "hub-shift"\n')
    assert told == {
        "question[3].event": 'no event is named; to set what is found beside an event, add event = "assad-falls"'
    }


def test_paths_start_at_the_case_and_remote_sources_stay(tmp_path: Path) -> None:
    case = read(tmp_path, 'title = "t"\nsources = ["a/*.json", "/x/y", "pypi:p==1/d", "https://h/f.tar"]')
    assert case.inputs == (str(tmp_path / "a/*.json"), "/x/y", "pypi:p==1/d", "https://h/f.tar")


def test_every_problem_of_form_comes_at_once(tmp_path: Path) -> None:
    text = complaint(
        tmp_path,
        'titel = "x"\nperiod = { from = 2025-01-01, to = 2024-01-01 }\n[fleet]\ntypes = "A124"\n'
        '[[question]]\nroute = ["OSLK"]\n[[event]]\nid = "e"\n',
    )
    assert "7 problems" in text
    assert "titel: no such key in a case\n    did you mean title?" in text
    assert "title: is missing" in text
    assert "period: ends on 2024-01-01, before it begins on 2025-01-01" in text
    assert "fleet.types: is 'A124'" in text
    assert 'as in ["A124", "IL76"]' in text
    assert "event[1].date: is missing" in text
    assert "question[1]" in text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("period = { form = 2024-01-01 }", "did you mean from?"),
        ('sources = "traces"', "a list of texts"),
        ("site = { id = 1 }", "two brackets"),
        ('[[event]]\nid = "e"\ndate = "soon"', "a date without quotes"),
        ('[fleet]\nicao24 = ["15407"]', "six hex digits"),
        ("[fleet]\ntypes = []", "names no aircraft"),
        ('[fleet]\ntype = ["A124"]', "did you mean types?"),
        ("fleet = 3", "not a table"),
        ('observations = "none.csv"', "No such file"),
    ],
)
def test_a_slip_gets_its_remedy(tmp_path: Path, line: str, said: str) -> None:
    assert said in complaint(tmp_path, f'title = "t"\n{line}\n')


def test_broken_toml_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    assert "not valid TOML" in complaint(tmp_path, "title = ")
    with pytest.raises(CaseError, match="waystation new"):
        read_case(tmp_path / "none.toml")
    with pytest.raises(CaseError, match="is a folder"):
        read_case(tmp_path)


def test_observations_may_come_from_a_csv(tmp_path: Path) -> None:
    (tmp_path / "ledger.csv").write_text(
        "date,kind,source,says,site,grade\n2024-12-26,video,https://v,seen,HL59,\n", encoding="utf-8"
    )
    view = read(tmp_path, FULL + "").view
    assert len(view.observations) == 1
    case = read(tmp_path, 'observations = "ledger.csv"\n' + FULL)
    assert [(o.kind, o.grade) for o in case.view.observations] == [("report", "B2"), ("video", None)]


def test_a_scenario_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    text = FULL.replace("sources = [", 'sources = ["simulated:nowhere.toml", ')
    assert "nowhere.toml" in problems_of(tmp_path, text)["sources[1]"]


def test_homes_name_airfields_that_there_are(tmp_path: Path) -> None:
    homes = '\n[homes]\n"RA-82038" = {}\n'
    assert read(tmp_path, FULL + homes.format('"UUMU"')).view.homes == (("RA-82038", "UUMU"),)
    assert "homes.RA-82038" in problems_of(tmp_path, FULL + homes.format('"NOWHERE"'))
    assert "homes.RA-82038" in complaint(tmp_path, FULL + homes.format("3"))


def test_an_unknown_airfield_gets_suggestions(tmp_path: Path) -> None:
    wrong = FULL.replace('id = "OSLK"\nname = "Hmeimim"', 'id = "OSLX"\nname = "Latakia"')
    assert "OSLK" in problems_of(tmp_path, wrong)["site[1].id"]


def test_another_code_of_an_airfield_is_named_by_its_ident(tmp_path: Path) -> None:
    said = problems_of(tmp_path, FULL.replace('"OSLK", "HL59"', '"OSLK", "CDG"'))
    assert "write LFPG" in said["question[1].route[2]"]


def test_what_cannot_be_is_found(tmp_path: Path) -> None:
    text = (
        FULL.replace('sources = ["traces"]', 'sources = ["nothing/*"]')
        .replace("date = 2024-12-08", "date = 2023-12-08")
        .replace("since = 2024-12-15", "since = 2026-12-15")
        .replace('site = "Syria"', 'site = "Siria"')
        .replace('event = "assad-falls"', 'event = "assad-fell"')
        .replace('grade = "B2"', 'grade = "2B"')
        .replace('kind = "report"', 'kind = "rumour"')
        .replace("lon = 14.2\n", "")
        .replace('airfield = "HL59"', 'airfield = "HL5X"')
    )
    found = problems_of(tmp_path, text)
    assert set(found) == {
        "sources[1]",
        "event[1].date",
        "question[1].since",
        "question[2].site",
        "question[2].event",
        "observation[1].grade",
        "observation[1].kind",
        "site[2].id",
        "override[1].airfield",
    }
    assert "did you mean assad-falls?" in found["question[2].event"]
    assert "Syria" in found["question[2].site"]


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        (('kind = "rate"', 'kind = "rates"'), "question[1].kind", "did you mean rate?"),
        (('route = ["OSLK", "HL59"]', ""), "question[1].route", "needs it"),
        (('kind = "outflow"', 'kind = "rotation"'), "question[2].site", "does not use it"),
        (('end = "destination"', 'end = "landing"'), "override[1].end", "origin, destination"),
        (('end = "destination"\n', ""), "override[1]", "has only one"),
        (('end = "destination"', 'exclude = true\nend = "destination"'), "override[1]", "two things"),
        (('flight = "f3a1c0de"', 'flight = "RFF7052"'), "override[1].flight", "waystation show flights"),
        (('id = "X-STRIP"', 'id = "OSLK"'), "site[2].id", "twice"),
        (("lat = 27.1", "lat = 97.1"), "site[2].id", "-90 to 90"),
    ],
)
def test_a_contradiction_is_found(tmp_path: Path, change: tuple[str, str], place: str, said: str) -> None:
    assert said in problems_of(tmp_path, FULL.replace(*change))[place]


def test_an_override_is_compared_with_the_flights_of_the_last_run(tmp_path: Path) -> None:
    assert problems_of(tmp_path, FULL, frozenset({"f3a1c0de00000000"})) == {}
    assert "no flight" in problems_of(tmp_path, FULL, frozenset({"aaaa"}))["override[1].flight"]
    two = frozenset({"f3a1c0de00000000", "f3a1c0de11111111"})
    assert "2 flights" in problems_of(tmp_path, FULL, two)["override[1].flight"]


def test_a_list_of_flights_needs_aircraft_places_and_times(tmp_path: Path) -> None:
    assert "No such file" in problems_of(tmp_path, 'flights = ["l.csv"]\n' + FULL)["flights[1]"]
    (tmp_path / "l.csv").write_text("reg,origin\nRA-82038,OSLK\n")
    assert "a date or time" in problems_of(tmp_path, 'flights = ["l.csv"]\n' + FULL)["flights[1]"]
    (tmp_path / "l.csv").write_text("reg,origin,date\nRA-82038,OSLK,2024-12-15\n")
    assert "flights[1]" not in problems_of(tmp_path, 'flights = ["l.csv"]\n' + FULL)


def test_every_kind_of_question_has_its_keys() -> None:
    from waystation.soundness import QUESTION_KEYS
    from waystation.terms.case_view import QUESTION_KINDS

    assert set(QUESTION_KEYS) == set(QUESTION_KINDS)


def test_the_cases_in_the_repository_are_sound() -> None:
    from pathlib import Path

    cases = sorted((Path(__file__).parent.parent / "cases").glob("*/case.toml"))
    assert cases
    for path in cases:
        assert [p for p in check_case(read_case(path), load_airfields()) if not p.note] == []
