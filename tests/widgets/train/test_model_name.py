from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.core.card import ModelCard
from napari_nuclei.model.store import check_model_name, write_card
from napari_nuclei.widgets.train.model_name import clean_name, suggest_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("my cells", "my-cells"),
        ("  cells\tof  2026 ", "cells-of-2026"),
        ("a", "a"),
        ("  ", ""),
    ],
)
def test_spaces_become_dashes(typed: str, name: str) -> None:
    assert clean_name(typed) == name


def test_a_suggested_name_is_free(own_models: Path) -> None:
    assert suggest_name() == "my-cells"
    (own_models / "my-cells").mkdir(parents=True)
    write_card(own_models / "my-cells", ModelCard("my-cells"))
    assert suggest_name() == "my-cells-2"
    # The name of an interrupted training would replace it.
    interrupted = own_models / ".training" / "my-cells-2"
    interrupted.mkdir(parents=True)
    for file in ("order.json", "annotations.npz"):
        (interrupted / file).touch()
    assert suggest_name() == "my-cells-3"
    check_model_name(suggest_name())
