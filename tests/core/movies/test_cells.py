from __future__ import annotations

import numpy as np

from napari_nuclei.core.movies.cells import (
    MITOSIS_FRAMES,
    REST_FRAMES,
    MovieSettings,
    advance,
    make_cell,
    separate_cells,
)


def test_a_nucleus_rounds_up_and_divides_into_two_of_half_its_size(rng) -> None:
    settings = MovieSettings(division_rate=1.0, speed=0)
    cell = make_cell(1, np.array([50.0, 50.0]), settings, rng)
    cell.age = REST_FRAMES + 1
    cells = [cell]
    for _ in range(MITOSIS_FRAMES + 1):
        cells = advance(cells, settings, rng)
        assert [one.number for one in cells] == [1]
        assert cells[0].scale < 1
    cells = advance(cells, settings, rng)
    assert [(one.number, one.mother) for one in cells] == [(2, 1), (3, 1)]
    middle = (cells[0].position + cells[1].position) / 2
    assert np.allclose(middle, 50)
    area = sum((one.radius * one.scale) ** 2 for one in cells) / cell.radius**2
    assert 0.8 < area < 1.3


def test_nuclei_that_overlap_move_away_from_each_other(rng) -> None:
    settings = MovieSettings()
    cells = [
        make_cell(n, np.array([50.0, x]), settings, rng)
        for n, x in ((1, 50.0), (2, 56.0), (3, 200.0))
    ]
    separate_cells(cells, 1.1)
    distance = np.linalg.norm(cells[0].position - cells[1].position)
    assert np.isclose(distance, 1.1 * (cells[0].radius + cells[1].radius))
    assert cells[2].position.tolist() == [50, 200]
