from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.scale.batch import segment_files
from napari_nuclei.scale.image_run import segment_file

NAMES = {"a_labels.tif", "a_nuclei.csv", "a_overlay.png"}


@pytest.fixture
def picture(tmp_path: Path, image: NDArray[np.uint8]) -> Path:
    cv2.imwrite(str(tmp_path / "a.png"), image)
    return tmp_path / "a.png"


@pytest.mark.parametrize("named", [False, True], ids=["by position", "by name"])
def test_the_old_order_works_with_a_warning(
    tmp_path: Path, picture: Path, segmenter: Segmenter, named: bool
) -> None:
    given = (segmenter, [picture], tmp_path / "out")
    names = ("segmenter", "inputs", "output")
    options = {"overlay": True, "table": True}
    with pytest.warns(
        DeprecationWarning, match=r"is now segment_files\(inputs, out"
    ) as w:
        if named:
            (result,) = segment_files(**dict(zip(names, given, strict=True)), **options)
        else:
            (result,) = segment_files(*given, **options)
    assert len(w) == 1
    assert w[0].filename == __file__
    assert {path.name for path in result.written} == NAMES


def test_the_new_order_does_not_warn(
    tmp_path: Path, picture: Path, segmenter: Segmenter
) -> None:
    (result,) = segment_files(
        [picture],
        tmp_path / "out",
        model=segmenter,
        formats=["labels", "csv", "overlay"],
    )
    assert {path.name for path in result.written} == NAMES


def test_a_name_of_a_model_comes_first_or_third(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for given in (
        ("nuclei-fast", str(tmp_path), tmp_path / "one"),
        (str(picture), tmp_path / "two", "nuclei-fast"),
    ):
        with pytest.warns(DeprecationWarning, match="is now segment_files"):
            (result,) = segment_files(*given)
        assert [path.name for path in result.written] == ["a_labels.tif"]


def test_a_folder_by_position_after_a_segmenter_is_no_list_of_letters(
    tmp_path: Path, picture: Path, segmenter: Segmenter
) -> None:
    with pytest.warns(DeprecationWarning, match="is now segment_files"):
        (result,) = segment_files(segmenter, str(tmp_path), tmp_path / "out")
    assert result.path == picture


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        ("nuclei", OSError, "nuclei: .* it is a model: give the images first"),
        ([np.zeros((9, 9))], TypeError, "must be named by paths; got ndarray"),
    ],
)
def test_what_is_no_image_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs, error, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        segment_files(inputs, tmp_path / "out")
    with pytest.raises(error, match=r"it is a model|must be named by a path"):
        segment_file(inputs if isinstance(inputs, str) else inputs[0])
