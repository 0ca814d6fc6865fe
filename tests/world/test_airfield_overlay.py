from __future__ import annotations

import numpy as np
import pytest

from waystation.terms.errors import CaseError
from waystation.world import airfields as wa

HEAD = b"ident,name,lat,lon,kind,elevation_ft,runways,aliases,surface\n"


def test_a_new_field_joins_the_table_and_its_search():
    t = wa.load_airfields(
        HEAD + b"X-STRIP,Desert strip,22.5,20.25,small_airport,1500,13/31 8000 soft,ZZ-1;Strip 7,\n"
    )
    i = t.index["X-STRIP"]
    assert i == len(wa.load_airfields())
    assert t.surface[i] == "soft"
    assert t.longest_runway_ft[i] == 8000
    assert wa.nearest(t, 22.5, 20.25)[1][0] == i
    assert wa.canonical_ident(t, "strip 7") == "X-STRIP"
    assert [e.heading_deg for e in wa.runway_ends(t, i)] == [130.0, 310.0]
    assert t.source[i] == "user"


def test_a_known_field_is_corrected_cell_by_cell():
    base = wa.load_airfields()
    t = wa.load_airfields(HEAD + b"LY-BCQ,,,,,,12/30 10000 hard,,\n")
    i = t.index["LY-BCQ"]
    assert len(t) == len(base)
    assert (t.runway_status[i], t.longest_runway_ft[i]) == ("yes", 10000)
    assert t.name[i] == base.name[i]
    assert t.lat[i] == base.lat[i]
    assert t.source[i].endswith("user")
    assert base.runway_status[i] == "unknown"  # ours is untouched


def test_an_ident_of_another_release_corrects_the_field_that_had_it():
    t = wa.load_airfields(HEAD + b"LY-MRA,Misrata air college,,,,,,,\n")
    assert len(t) == len(wa.load_airfields())
    assert t.name[t.index["HLMS"]] == "Misrata air college"


def test_own_runways_replace_those_on_record_and_no_others():
    base = wa.load_airfields()
    t = wa.load_airfields(HEAD + b"HL59,,,,,,15/33 9000 hard,,\n")
    i = t.index["HL59"]
    assert [t.runways.length_ft[j] for j in wa.runways_of(t, i)] == [9000]
    assert len(t.runways) == len(base.runways)
    k = t.index["EHAM"]
    assert wa.runway_ends(t, k) == wa.runway_ends(base, k)


def test_north_runway_is_eighteen_thirty_six():
    t = wa.load_airfields(HEAD + b"X-N,North,1,2,,,36/18 5000,,\n")
    assert [e.ident for e in wa.runway_ends(t, t.index["X-N"])] == ["18", "36"]


def test_an_empty_csv_changes_nothing():
    base, t = wa.load_airfields(), wa.load_airfields(HEAD)
    assert (t.ident == base.ident).all()
    np.testing.assert_array_equal(t.longest_runway_ft, base.longest_runway_ft)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"name,lat,lon\n", "no column 'ident'"),
        (b"", "no column 'ident'"),
        (b"ident,latitude\n", "unknown columns ['latitude']"),
        (HEAD + b",Nowhere,1,2,,,,,\n", "line 2: has no ident"),
        (HEAD + b"X-1,Nowhere,,,,,,,\n", "line 2: 'X-1' is not in the airfield table and has no lat, lon"),
        (HEAD + b"X-1,N,91,2,,,,,\n", "line 2: lat = '91'; write a number from -90 to 90"),
        (HEAD + b'X-1,N,"1,5",2,,,,,\n', "line 2: lat = '1,5'"),
        (HEAD + b"X-1,N,nan,2,,,,,\n", "line 2: lat = 'nan'"),
        (HEAD + b"X-1,N,1,2,airport,,,,\n", "kind = 'airport'; use one of small_airport"),
        (HEAD + b"X-1,N,1,2,,,15/34 900,,\n", "runways has '15/34 900'; write like '15/33 11838 hard'"),
        (HEAD + b"OSLK,,,,,,,,\nX-1,N,1,2,,,,,,,,\n", "line 3: has more cells"),
        (HEAD + b"X-1,\xff,1,2,,,,,\n", "not UTF-8 (byte "),
    ],
)
def test_a_bad_row_says_where_and_what_to_do(data, says):
    with pytest.raises(CaseError) as error:
        wa.load_airfields(data)
    assert says in str(error.value)
