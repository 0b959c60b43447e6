"""The tutorial docs/tutorials/correct-and-improve.md runs and prints what it shows."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import napari_nuclei
from napari_nuclei.model.store import find_model

PAGE = Path(__file__).parents[2] / "docs" / "tutorials" / "correct-and-improve.md"


def test_the_page_prints_what_it_shows(
    own_models: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    trained = []

    def train(samples, name, **settings):
        # A training takes 90 seconds; `tests/training/test_train.py` has short ones.
        trained.extend(samples)
        assert settings == {"base": "nuclei", "budget": 90, "overwrite": True}
        folder = own_models / name
        shutil.copytree(find_model("nuclei-fast").folder, folder)
        card = folder / "card.json"
        text = card.read_text(encoding="utf-8")
        card.write_text(text.replace('"nuclei-fast"', f'"{name}"', 1), encoding="utf-8")
        return folder

    # Without a look at the real one, which would load TensorFlow.
    monkeypatch.setitem(vars(napari_nuclei), "train", train)
    own_models.mkdir(parents=True, exist_ok=True)
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(python|text)\n(.*?)^```", text, re.S | re.M)
    names: dict[str, object] = {}
    for kind, code in blocks:
        if kind == "python":
            exec(compile(code, str(PAGE), "exec"), names)
        else:
            assert capsys.readouterr().out == code
    assert not capsys.readouterr().out
    (sample,) = trained
    predicted, corrected = names["predicted"], names["corrected"]
    deleted = (predicted == 5) & (corrected == 0)
    assert sample.annotated[deleted].all()
    labels = names["kept"].labels
    assert not np.isin(labels[deleted], names["kept"].corrected).any()
    for number in names["kept"].corrected:
        np.testing.assert_array_equal(labels == number, corrected == number)
