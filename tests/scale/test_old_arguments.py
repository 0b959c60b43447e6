from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.scale.batch import segment_files

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
