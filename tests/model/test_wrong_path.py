from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.model.wrong_path import hint_at_model


def test_the_name_of_a_model_is_recognised_unless_it_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "it is a model" in hint_at_model("nuclei")
    assert hint_at_model("image.tif") == hint_at_model(3) == ""
    (tmp_path / "nuclei").mkdir()
    assert hint_at_model("nuclei") == ""
