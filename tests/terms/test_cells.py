"""Cells of our own kernel beside those of the H3 library."""

from __future__ import annotations

import numpy as np
import pytest
from h3.api import basic_int

from waystation.terms import cells
from waystation.terms.cell_kernel import UNSURE, grid, short_cells

RNG = np.random.default_rng(20)


def around(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Squares at places whose longitudes may lie beyond ±180°."""
    return cells.squares_of(np.clip(lat, -90.0, 90.0), (lon + 180.0) % 360.0 - 180.0)


def near(places: list[tuple[float, float]], degrees: float) -> np.ndarray:
    lat, lon = np.repeat(np.array(places), 300, axis=0).T
    wide = np.maximum(np.cos(np.radians(lat)), 0.02)
    return around(lat + RNG.normal(0.0, degrees, len(lat)), lon + RNG.normal(0.0, degrees, len(lat)) / wide)


PENTAGONS = [basic_int.cell_to_latlng(c) for c in basic_int.get_pentagons(4)]


@pytest.mark.parametrize(
    "squares",
    [
        RNG.integers(0, cells.N_SQUARES, 20_000),
        near(PENTAGONS, 0.2),
        near(PENTAGONS, 3.0),
        near([(90.0, 0.0), (-90.0, 0.0)], 1.0),
        around(RNG.uniform(-90, 90, 3000), 180.0 + RNG.normal(0.0, 0.1, 3000)),
        np.arange(0, cells.SQUARES_ROUND),  # the southernmost row, the northernmost, the equator
        cells.N_SQUARES - 1 - np.arange(cells.SQUARES_ROUND),
        cells.N_SQUARES // 2 + np.arange(cells.SQUARES_ROUND),
    ],
    ids=["anywhere", "pentagons", "around pentagons", "poles", "antimeridian", "south", "north", "equator"],
)
def test_a_square_lies_in_the_cell_that_the_library_says(squares):
    assert np.array_equal(cells.cells_of_squares(squares), cells.cells_by_library(squares))


def test_along_edges_of_cells_and_faces_too():
    edges = [p for c in RNG.choice(cells.cells_by_library(RNG.integers(0, cells.N_SQUARES, 300)), 200)
             for p in basic_int.cell_to_boundary(int(c))]  # fmt: skip
    places = np.array(edges)
    steps = np.linspace(0.0, 1.0, 9)[:, None]
    faces = [(a * (1 - steps) + b * steps) for a in np.radians(PENTAGONS) for b in np.radians(PENTAGONS)]
    lines = np.degrees(np.concatenate(faces))
    for lat, lon in (places.T, lines.T):
        squares = around(lat, lon)
        assert np.array_equal(cells.cells_of_squares(squares), cells.cells_by_library(squares))


def test_the_kernel_answers_nearly_always_itself_and_leaves_no_place_to_the_library():
    squares = RNG.integers(0, cells.N_SQUARES, 50_000)
    assert (short_cells(squares, grid()) == UNSURE).sum() <= 1
    assert (short_cells(np.array([-1, cells.N_SQUARES]), grid()) == UNSURE).all()


def test_what_is_unsure_is_asked_for(monkeypatch):
    squares = RNG.integers(0, cells.N_SQUARES, 50)
    wanted = cells.cells_by_library(squares)
    monkeypatch.setattr(
        "waystation.terms.cell_kernel.short_cells",
        lambda s, _: np.where(np.arange(len(s)) % 3 == 0, UNSURE, cells.short_of(wanted)).astype(np.int32),
    )
    assert np.array_equal(cells.cells_of_squares(squares), wanted)


def test_short_and_long_are_the_same_cell_and_its_parent_is_the_librarys():
    long = cells.cells_by_library(np.r_[RNG.integers(0, cells.N_SQUARES, 500), near(PENTAGONS, 0.1)])
    assert np.array_equal(cells.long_cells(cells.short_of(long)), long)
    parents = [basic_int.cell_to_parent(int(c), cells.SURROUNDINGS_LEVEL) for c in long]
    assert np.array_equal(cells.surroundings_of(long), np.array(parents, dtype=np.uint64))
    assert np.array_equal(np.argsort(cells.short_of(long), kind="stable"), np.argsort(long, kind="stable"))


def test_no_squares_have_no_cells():
    assert cells.cells_of_squares(np.zeros(0, dtype=np.int64)).dtype == np.uint64
    assert not len(cells.surroundings_of(np.zeros(0, dtype=np.uint64)))
