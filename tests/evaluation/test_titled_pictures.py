from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.evaluation.titled_pictures import GAP, STRIP, join_pictures


def test_pictures_stand_side_by_side_below_their_titles() -> None:
    red, blue = (np.full((20, 30, 3), colour, np.uint8) for colour in ((255, 0, 0), 9))
    joined = join_pictures([red, blue], ["red", "blue"], zoom=2)
    assert joined.shape == (STRIP + 40, 2 * 60 + GAP, 3)
    assert (joined[STRIP:, :60] == (255, 0, 0)).all()
    assert (joined[STRIP:, 60 : 60 + GAP] == 255).all()
    assert (joined[STRIP:, 60 + GAP :] == 9).all()
    assert (joined[:STRIP, :60] < 128).any()
    assert (joined[:STRIP, 60 + GAP :] < 128).any()


@pytest.mark.parametrize("title", ["a very long name of a model " * 3, "Zellkerne µm"])
def test_every_title_stays_inside_its_strip(title: str) -> None:
    white = np.full((10, 60, 3), 255, np.uint8)
    joined = join_pictures([white, white], [title, ""])
    assert (joined[:STRIP, :60] < 200).any()
    assert (joined[:STRIP, 60:] == 255).all()
