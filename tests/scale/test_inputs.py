from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nuclei.io.origin import SYNTHETIC_SIGNATURE
from napari_nuclei.io.png import encode_mask_png
from napari_nuclei.io.tiff_writer import encode_image_tiff, encode_labels_tiff
from napari_nuclei.scale.inputs import (
    exclude_results,
    find_images,
    output_stems,
)

INPUTS: dict[str, tuple[list[str], list[str]]] = {
    "a file": (["plate/a.png"], ["a.png"]),
    "a file without an image suffix": (["plate/notes.txt"], ["notes.txt"]),
    "a folder": (["plate/inside"], ["d.png"]),
    "a pattern": (["plate/*.png"], ["a.png", "b.png", "broken.png"]),
    "a deep pattern": (["plate/**/d.*"], ["d.png"]),
    "a pattern of files and others": (["plate/[cn]*"], ["c.tif"]),
    "one of two": (["plate/[ab].png"], ["a.png", "b.png"]),
    "the order given": (["plate/b.png", "plate/a.png"], ["b.png", "a.png"]),
    "each once": (["plate/a.png", "plate/[a].png", "plate/a.png"], ["a.png"]),
}


@pytest.mark.parametrize(("inputs", "names"), INPUTS.values(), ids=INPUTS)
def test_inputs_name_images(
    plate: Path, monkeypatch: pytest.MonkeyPatch, inputs: list[str], names: list[str]
) -> None:
    monkeypatch.chdir(plate.parent)
    assert [path.name for path in find_images(inputs)] == names


def test_a_folder_per_image_is_searched_if_there_is_no_image(tmp_path: Path) -> None:
    for name in ("b", "a"):
        for kind in ("images", "masks"):
            (tmp_path / name / kind).mkdir(parents=True)
            (tmp_path / name / kind / f"{name}.png").write_bytes(b"")
    assert find_images([tmp_path]) == [
        tmp_path / name / "images" / f"{name}.png" for name in ("a", "b")
    ]
    (tmp_path / "c.png").write_bytes(b"")
    assert find_images([tmp_path]) == [tmp_path / "c.png"]


def test_a_file_with_brackets_in_its_name_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a[1].png"
    path.write_bytes(b"")
    assert find_images([path]) == [path]


CLASHES: dict[str, tuple[list[str], list[str]]] = {
    "no clash": (["x/a.png", "x/b.png"], ["a", "b"]),
    "suffixes": (["x/a.png", "x/a.tif"], ["a.png", "a.tif"]),
    "folders": (["x/a.png", "y/a.png"], ["x_a.png", "y_a.png"]),
    "some": (["x/a.png", "x/b.png", "x/b.tif"], ["a", "b.png", "b.tif"]),
    "folders of one name": (["x/z/a.png", "y/z/a.png"], ["z_a.png_0", "z_a.png_1"]),
}


@pytest.mark.parametrize(("paths", "stems"), CLASHES.values(), ids=CLASHES)
def test_results_of_files_of_one_name_differ(
    paths: list[str], stems: list[str]
) -> None:
    assert output_stems([Path(path) for path in paths]) == stems


PARTS = st.sampled_from(["a", "A", "b", "a.png", "a_a", "a_0", "z_a.png_1"])


@given(
    st.lists(st.tuples(PARTS, PARTS, st.sampled_from([".png", ".tif"])), unique=True)
)
def test_all_results_have_different_names(parts: list[tuple[str, str, str]]) -> None:
    paths = [Path("top", folder, name + suffix) for folder, name, suffix in parts]
    stems = output_stems(paths)
    # The disks of Windows and macOS treat A_labels.tif and a_labels.tif as one file.
    assert len({stem.casefold() for stem in stems}) == len(paths)


def test_names_that_differ_only_in_case_are_changed() -> None:
    paths = [Path("Well.png"), Path("well.tif"), Path("other.tif")]
    assert output_stems(paths) == ["Well.png", "well.tif", "other"]


def test_an_image_named_like_a_result_of_another_folder_is_an_image() -> None:
    paths = [Path("one/a.png"), Path("two/a_labels.tif")]
    assert exclude_results(paths, Path("out")) == paths
    assert exclude_results(paths, Path("two")) == paths[:1]


def test_results_in_a_folder_are_no_images(tmp_path: Path) -> None:
    labels = np.eye(8, dtype=np.int32)
    (tmp_path / "cells.tif").write_bytes(
        encode_image_tiff(np.ones((8, 8), np.uint8), "YX", None, software="camera")
    )
    (tmp_path / "other.tif").write_bytes(encode_labels_tiff(labels, "YX", None))
    (tmp_path / "mask.png").write_bytes(encode_mask_png(labels))
    (tmp_path / "made.tif").write_bytes(
        encode_image_tiff(
            np.ones((8, 8), np.uint8), "YX", None, software=SYNTHETIC_SIGNATURE
        )
    )
    images = [tmp_path / "cells.tif", tmp_path / "made.tif"]
    assert find_images([tmp_path]) == images
    assert find_images([tmp_path / "*.*"]) == images
    assert find_images([tmp_path / "other.tif"]) == [tmp_path / "other.tif"]
    with pytest.raises(ValueError, match=r"All 2 files are results.*mask\.png"):
        find_images([tmp_path / "[mo]*[kr].*"])


def links(tmp_path: Path) -> Path:
    """Return a folder with two images and links to itself and to another folder."""
    top, other = tmp_path / "top", tmp_path / "other"
    for path in (top / "a.png", top / "deep" / "er" / "b.png", other / "c.png"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    (top / ".hidden").mkdir()
    (top / ".hidden" / "d.png").write_bytes(b"")
    for link, target in [
        (top / "again", top),
        (top / "deep" / "up", top),
        (top / "deep" / "er" / "up", top / "deep"),
        (top / "one", other),
        (top / "two", other),
        (other / "back", top),
        (top / "lost", tmp_path / "nothing"),
        (top / "self", top / "self"),
    ]:
        link.symlink_to(target)
    return top


@pytest.mark.skipif(sys.platform == "win32", reason="links need a permission")
@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("**/*.png", ["a.png", "deep/er/b.png", "one/c.png"]),
        ("**", ["a.png", "deep/er/b.png", "one/c.png"]),
        ("**/**/*.png", ["a.png", "deep/er/b.png", "one/c.png"]),
        ("**/er/*.png", ["deep/er/b.png"]),
        ("d*/**/*.png", ["deep/er/b.png", "deep/up/a.png", "deep/up/one/c.png"]),
        (".hidden/**/*.png", [".hidden/d.png"]),
        ("**/b.*", ["deep/er/b.png"]),
    ],
)
def test_a_deep_pattern_finds_each_file_once(
    tmp_path: Path, pattern: str, names: list[str]
) -> None:
    top = links(tmp_path)
    assert find_images([top / pattern]) == [top / name for name in names]


def test_a_deep_pattern_in_a_folder_with_brackets(tmp_path: Path) -> None:
    path = tmp_path / "in[1]" / "[a]" / "b.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    assert find_images([tmp_path / "in?1]" / "**" / "*.png"]) == [path]
