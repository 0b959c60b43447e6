from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from napari_nuclei.core.axes import make_layout
from napari_nuclei.io.labelled_image import LabelledImage
from napari_nuclei.io.origin import check_overwrite, is_own_file
from napari_nuclei.io.writer import Writer
from napari_nuclei.io.writers import WRITERS

EDITABLE = [writer for writer in WRITERS if writer.editable]


@pytest.fixture(params=EDITABLE, ids=lambda writer: writer.name)
def written(tmp_path: Path, discs, request: pytest.FixtureRequest) -> Path:
    """Return a file of each format that users edit."""
    writer: Writer = request.param
    labels = discs((90, 90), [(10 + 8 * n, 10 + 8 * n, 4) for n in range(9)])
    path = tmp_path / f"a{writer.ending}"
    path.write_bytes(writer.encode(LabelledImage(labels, make_layout(labels.shape))))
    return path


def test_a_file_of_this_program_may_be_replaced(written: Path) -> None:
    assert is_own_file(written)
    check_overwrite(written)


def test_a_file_of_another_program_may_not(written: Path) -> None:
    if written.suffix == ".tif":
        tifffile.imwrite(written, tifffile.imread(written))
    elif written.suffix == ".png":
        cv2.imwrite(str(written), cv2.imread(str(written), cv2.IMREAD_UNCHANGED))
    else:
        written.write_bytes(b"{}")
    with pytest.raises(FileExistsError, match=f"{written.name} was not written by"):
        check_overwrite(written)


def test_nothing_keeps_a_new_file_from_being_written(tmp_path: Path) -> None:
    check_overwrite(tmp_path / "new.png")
    (tmp_path / "empty.png").write_bytes(b"")
    with pytest.raises(FileExistsError):
        check_overwrite(tmp_path / "empty.png")
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((2, 2), np.uint8))
    with pytest.raises(FileExistsError):
        check_overwrite(tmp_path / "a.tif")
