from waystation.terms.case_view import CaseView, Fleet, Site


def test_a_group_stands_for_its_airfields_and_an_airfield_for_itself():
    case = CaseView("t", sites=(Site("A", group="G"), Site("B", group="G"), Site("C")))
    assert case.sites_of("G") == ("A", "B")
    assert case.sites_of("C") == ("C",)
    assert case.sites_of("ZZZZ") == ("ZZZZ",)


def test_an_empty_fleet_is_everything():
    assert Fleet().everything
    assert not Fleet(types=("A124",)).everything
    assert not Fleet(military=False).everything
