from __future__ import annotations

import io
import logging
import pickle
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_nuclei.core.errors import format_error
from napari_nuclei.data.sample_files import open_folder
from napari_nuclei.io.checks.pixel_limit import PixelLimitError
from napari_nuclei.io.readers import (
    image_suffixes,
    is_blockwise_name,
    open_image,
    read_image,
)
from napari_nuclei.scale.inputs import find_images

STACK = np.arange(2 * 3 * 8 * 9, dtype=np.uint16).reshape(1, 2, 3, 8, 9)


def test_axes_sizes_and_channels_come_over(fake_bioio, save_scene, tmp_path) -> None:
    path = tmp_path / "a.czi"
    save_scene(path, STACK, sizes=(1.5, 0.3, 0.3), channels=("GFP", "DAPI"))
    image = read_image(path)
    assert (image.axes, image.pixel_size, image.z_spacing) == ("CZYX", 0.3, 1.5)
    assert image.channel_names == ("GFP", "DAPI")
    assert image.notes == ()
    np.testing.assert_array_equal(image.pixels, STACK[0])


def test_a_file_opened_in_parts_is_the_same(fake_bioio, save_scene, tmp_path) -> None:
    path = tmp_path / "a.czi"
    save_scene(path, STACK, sizes=(1.5, 0.3, 0.3), channels=("GFP", "DAPI"))
    image = open_image(path)
    assert (image.axes, image.pixel_size) == ("CZYX", 0.3)
    assert image.calibrations["Z"].spacing == 1.5
    assert image.calibrations["Z"].unit == "micrometer"
    assert image.layout(None, None).channel == 1
    np.testing.assert_array_equal(image.pixels[1, 2, 3:5], STACK[0, 1, 2, 3:5])


def test_colours_are_the_last_axis(fake_bioio, save_scene, tmp_path) -> None:
    rgb = np.arange(8 * 9 * 3, dtype=np.uint8).reshape(1, 1, 1, 8, 9, 3)
    save_scene(tmp_path / "a.czi", rgb)
    image = read_image(tmp_path / "a.czi")
    assert (image.axes, image.pixels.shape) == ("YXS", (8, 9, 3))


@pytest.mark.parametrize("sizes", [(-1, -1, -1), (0, 0, 0), (np.nan,) * 3, (1, 1, 2)])
def test_a_size_that_is_not_clear_is_none(
    fake_bioio, save_scene, tmp_path, sizes
) -> None:
    save_scene(tmp_path / "a.czi", STACK, sizes=sizes)
    assert read_image(tmp_path / "a.czi").pixel_size is None


def test_a_size_of_print_is_not_used(fake_bioio, save_scene, tmp_path) -> None:
    save_scene(tmp_path / "a.czi", STACK, sizes=(1, 352.78, 352.78))
    image = read_image(tmp_path / "a.czi")
    assert image.pixel_size is None
    assert "pixels of 352.78 µm" in image.notes[0]


def test_the_first_of_several_scenes_is_read(fake_bioio, save_scene, tmp_path) -> None:
    save_scene(tmp_path / "a.czi", STACK, scenes=("A1", "A2", "B1"))
    (note,) = read_image(tmp_path / "a.czi").notes
    assert note == (
        "The file holds 3 scenes (A1, A2, B1). Only the first is read. Choose another "
        "one with --scene (scene=)"
    )
    assert open_image(tmp_path / "a.czi").notes == (note,)


@pytest.mark.parametrize("scene", [1, "1", "A2", "a2"])
def test_a_scene_is_chosen(fake_bioio, save_scene, tmp_path, scene) -> None:
    path = tmp_path / "a.czi"
    save_scene(path, STACK, scenes=("A1", "A2", "B1"))
    image, opened = read_image(path, scene=scene), open_image(path, scene=scene)
    np.testing.assert_array_equal(image.pixels, STACK[0] + 1)
    np.testing.assert_array_equal(opened.pixels[:], STACK[0] + 1)
    assert (image.notes, opened.notes) == ((), ())
    assert image.scenes == ("A1", "A2", "B1")


def test_another_process_opens_the_same_scene(fake_bioio, save_scene, tmp_path) -> None:
    path = tmp_path / "a.czi"
    save_scene(path, STACK, scenes=("A1", "A2"))
    sent = pickle.loads(pickle.dumps(open_image(path, scene="A2")))
    np.testing.assert_array_equal(sent.pixels[:], STACK[0] + 1)


@pytest.mark.parametrize("scene", [2, -1, "2", "C1", "-1", "", True])
@pytest.mark.parametrize("read", [read_image, open_image])
def test_a_scene_that_is_missing_is_refused(
    fake_bioio, save_scene, tmp_path, scene, read
) -> None:
    save_scene(tmp_path / "a.czi", STACK, scenes=("A1", "A2"))
    with pytest.raises(ValueError, match=r"^a\.czi has no scene .* 0 \(A1\), 1 \(A2"):
        read(tmp_path / "a.czi", scene=scene)


@pytest.mark.parametrize("read", [read_image, open_image])
def test_a_scene_of_another_format_is_refused(tmp_path, read) -> None:
    tifffile.imwrite(tmp_path / "a.tif", STACK[0, 0, 0])
    with pytest.raises(ValueError, match=r"^a\.tif has no scenes to choose from"):
        read(tmp_path / "a.tif", scene=0)


def zip_again(path: Path) -> bytes:
    """Return the content of a file of arrays, compressed."""
    packed = io.BytesIO()
    with np.load(path) as content:
        np.savez_compressed(packed, **content)
    return packed.getvalue()


@pytest.mark.parametrize("read", [read_image, open_image])
def test_a_damaged_file_gives_one_line(fake_bioio, tmp_path, read, caplog) -> None:
    path = tmp_path / "a.czi"
    path.write_bytes(b"ZISRAWFILE")
    with pytest.raises(
        ValueError, match=r"a\.czi cannot be read by bioio-czi"
    ) as error:
        read(path)
    assert "(no scenes here)" in format_error(error.value)
    assert caplog.text == ""


def test_files_opened_at_once_leave_the_log_on(
    fake_bioio, save_scene, tmp_path
) -> None:
    save_scene(tmp_path / "a.czi", STACK)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read_image, [tmp_path / "a.czi"] * 64))
    assert logging.getLogger("bioio.bio_image").propagate


@pytest.mark.parametrize("read", [read_image, open_image])
def test_a_missing_package_is_named(no_bioio, tmp_path, read) -> None:
    path = tmp_path / "a.nd2"
    path.write_bytes(b"anything")
    with pytest.raises(ModuleNotFoundError, match=r"bioio-nd2 .*napari-nuclei\[bioio"):
        read(path)


def test_a_folder_of_files_without_their_package_names_it(no_bioio, tmp_path) -> None:
    (tmp_path / "a.lif").write_bytes(b"anything")
    for source in (tmp_path, tmp_path / "*.lif"):
        with pytest.raises(ModuleNotFoundError, match="bioio-lif is needed to read a"):
            find_images([source])


def test_a_folder_is_searched_for_readable_files(fake_bioio, tmp_path) -> None:
    for name in ("a.czi", "b.nd2", "c.abc", "d.tif"):
        (tmp_path / name).write_bytes(b"anything")
    assert [path.name for path in find_images([tmp_path])] == ["a.czi", "d.tif"]
    assert ".czi" in image_suffixes()


def test_other_suffixes_are_read_by_their_plugin(
    fake_bioio, save_scene, tmp_path
) -> None:
    save_scene(tmp_path / "a.abc", STACK)
    assert read_image(tmp_path / "a.abc").axes == "CZYX"
    assert open_image(tmp_path / "a.abc").axes == "CZYX"


def test_own_readers_come_first(fake_bioio, save_scene, tmp_path) -> None:
    save_scene(tmp_path / "a.tif", STACK)
    with pytest.raises(ValueError, match=r"a\.tif is not a TIFF|damaged"):
        read_image(tmp_path / "a.tif")


def test_files_in_an_archive_must_be_unpacked(fake_bioio, tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("images/a.czi", b"anything")
        archive.writestr("labels/a.tif", b"anything")
    (sample,) = open_folder(tmp_path / "a.zip")
    with pytest.raises(ValueError, match=r"a\.czi cannot be read inside an archive"):
        sample.read()


def test_too_many_pixels_are_refused(fake_bioio, save_scene, tmp_path) -> None:
    path = tmp_path / "a.czi"
    save_scene(path, np.zeros((1, 1, 1, 200, 200), np.uint8))
    path.write_bytes(zip_again(path))
    with pytest.raises(PixelLimitError, match="states 40,000 pixels"):
        read_image(path, max_pixels=100)


def test_the_size_of_a_file_says_nothing_of_blocks() -> None:
    assert not is_blockwise_name(Path("a.czi"))
