from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

NOT_FOR_SEGMENTING = (
    "tensorflow",
    "keras",
    "torch",
    "napari",
    "qtpy",
    "matplotlib",
    "pandas",
    "pyarrow",
)

SEGMENT = """
import sys
import numpy as np
from napari_nuclei import load_segmenter

rows, columns = np.mgrid[:1024, :1024]
image = ((rows % 64 - 32) ** 2 + (columns % 64 - 32) ** 2 < 100) * 180 + 20
labels = load_segmenter().segment(image.astype(np.uint8))
print(labels.max(), *sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.fixture(scope="module")
def segmented(new_process: Callable[[str], str]) -> list[str]:
    """Return what a new process prints: the number of nuclei, then its modules."""
    return new_process(SEGMENT).split()


def test_a_new_process_finds_nuclei(segmented: list[str]) -> None:
    assert int(segmented[0]) > 128  # there are 256 discs


@pytest.mark.parametrize("name", NOT_FOR_SEGMENTING)
def test_segmenting_loads_no_framework_and_no_viewer(
    segmented: list[str], name: str
) -> None:
    assert "napari_nuclei" in segmented
    assert name not in segmented


@pytest.mark.parametrize("binding", ["PyQt5", "PyQt6", "PySide2", "PySide6"])
def test_segmenting_loads_no_qt(segmented: list[str], binding: str) -> None:
    assert binding not in segmented


def test_evaluating_loads_no_tensorflow(new_process: Callable[[str], str]) -> None:
    code = (
        "import sys; from napari_nuclei import evaluate; "
        "print(evaluate.__module__, *sys.modules)"
    )
    loaded = new_process(code).split()
    assert loaded[0] == "napari_nuclei.evaluation.evaluate"
    assert "tensorflow" not in loaded
    assert "keras" not in loaded


def test_the_help_of_the_command_loads_nothing_heavy(
    new_process: Callable[[str], str],
) -> None:
    code = (
        "import sys; from napari_nuclei.cli.parser import make_parser; "
        "make_parser().format_help(); print(*sys.modules)"
    )
    loaded = new_process(code).split()
    assert "napari_nuclei.cli" in loaded
    for name in (*NOT_FOR_SEGMENTING, "cv2", "scipy", "skimage", "numpy"):
        assert name not in loaded


FILES = """
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from napari_nuclei import segment_file, write_labels, synthetic_nuclei

image, truth = synthetic_nuclei((128, 128), seed=0)
with TemporaryDirectory() as folder:
    path = Path(folder, "a.tif")
    write_labels(image, path)
    for formats in (["labels", "png", "mask", "probability", "rois"], ["csv"]):
        segment_file(path, folder, formats=formats)
        print("pandas" in sys.modules)
"""


def test_pandas_is_loaded_for_tables_alone(new_process: Callable[[str], str]) -> None:
    assert new_process(FILES).split() == ["False", "True"]


FORKED = """
import multiprocessing, warnings
import numpy as np
from napari_nuclei import load_segmenter

image = np.zeros((64, 64), np.uint8)
image[20:36, 20:36] = 200
segmenter = load_segmenter()
here = segmenter.segment(image)

def there(number):
    return segmenter.segment(image)

warnings.simplefilter("ignore")  # Python warns about forks of threads
with multiprocessing.get_context("fork").Pool(1) as pool:
    result = pool.map_async(there, [0]).get(60)[0]
print(here.max(), (result == here).all())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="forks are common on Linux only")
def test_a_fork_of_a_process_that_has_segmented_segments_too(
    new_process: Callable[[str], str],
) -> None:
    assert new_process(FORKED).split() == ["1", "True"]
