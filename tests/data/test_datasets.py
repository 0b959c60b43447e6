from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei.data.datasets import Dataset, Sample, read_dataset

pytestmark = pytest.mark.filterwarnings("ignore:.*binary.*:UserWarning")

Array = NDArray[Any]
Write = Callable[[Path, Array, NDArray[np.int32]], None]

RED, GREEN, BLUE = 220, 120, 20


def save(path: Path, pixels: Array) -> None:
    """Write pixels, RGB or RGBA where they have channels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".tif":
        tifffile.imwrite(path, pixels)
        return
    if pixels.ndim == 3:
        order = [2, 1, 0, 3][: pixels.shape[2]]
        pixels = pixels[..., order]
    assert cv2.imwrite(str(path), pixels)


@pytest.fixture
def labels(discs) -> NDArray[np.int32]:
    return discs((64, 80), [(20, 20, 8), (40, 50, 10), (12, 62, 6)])


@pytest.fixture
def grey(labels: NDArray[np.int32]) -> NDArray[np.uint8]:
    return np.where(labels > 0, 200, 20).astype(np.uint8)


@pytest.fixture
def colour(labels: NDArray[np.int32]) -> NDArray[np.uint8]:
    colours = np.array([[0, 0, 0], [RED, GREEN, BLUE]], np.uint8)
    return colours[(labels > 0).astype(int)]


def binary(labels: NDArray[np.int32]) -> NDArray[np.uint8]:
    return np.where(labels > 0, 255, 0).astype(np.uint8)


def data_science_bowl(root: Path, image: Array, labels: NDArray[np.int32]) -> None:
    alpha = np.full(labels.shape, 255, np.uint8)
    for name in ("one", "two"):
        save(root / name / "images" / f"{name}.png", np.dstack([image, alpha]))
        for number in range(1, labels.max() + 1):
            mask = binary(labels == number)
            save(root / name / "masks" / f"{name}{number}.png", mask)


def folders(root: Path, image: Array, labels: NDArray[np.int32]) -> None:
    for name in ("one", "two"):
        save(root / "images" / f"{name}.png", image)
        save(root / "masks" / f"{name}.png", binary(labels))


def folders_with_tiff_labels(
    root: Path, image: Array, labels: NDArray[np.int32]
) -> None:
    for name in ("one", "two"):
        save(root / "images" / f"{name}.jpg", image)
        save(root / "labels" / f"{name}.tif", labels.astype(np.uint16))


def masks_named_like_images(
    root: Path, image: Array, labels: NDArray[np.int32]
) -> None:
    for name in ("one", "two"):
        save(root / "images" / f"{name}.tif", image)
        save(root / "masks" / f"{name}_mask.png", binary(labels))


def masks_next_to_images(root: Path, image: Array, labels: NDArray[np.int32]) -> None:
    save(root / "one.png", image)
    save(root / "one_mask.png", binary(labels))
    save(root / "two.jpg", image)
    save(root / "two_labels.tif", labels)


def masks_in_jpeg(root: Path, image: Array, labels: NDArray[np.int32]) -> None:
    for name in ("one", "two"):
        save(root / "images" / f"{name}.png", image)
        save(root / "masks" / f"{name}.jpg", binary(labels))


def images_above_a_mask_folder(
    root: Path, image: Array, labels: NDArray[np.int32]
) -> None:
    for name in ("one", "two"):
        save(root / f"{name}.png", image)
        save(root / "masks" / f"{name}.png", binary(labels))


LAYOUTS = [
    data_science_bowl,
    folders,
    folders_with_tiff_labels,
    masks_named_like_images,
    masks_next_to_images,
    masks_in_jpeg,
    images_above_a_mask_folder,
]


def zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/images/._one.png", b"\0")
        for file in folder.rglob("*.*"):
            archive.write(file, file.relative_to(folder.parent))
    return path


def check(samples: list[Sample], labels: NDArray[np.int32]) -> None:
    assert [sample.name for sample in samples] == ["one", "two"]
    for sample in samples:
        assert sample.labels.dtype == np.int32
        assert sample.labels.max() == 3
        agree = (sample.labels > 0) == (labels > 0)
        assert agree.mean() > 0.99  # a JPEG moves an outline by a pixel here and there
        for number in range(1, 4):
            inside = sample.labels[labels == number]
            assert len(set(inside[inside > 0].tolist())) == 1


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("is_zip", [False, True], ids=["folder", "zip"])
def test_every_layout_gives_images_in_rgb_with_their_nuclei(
    tmp_path: Path,
    layout: Write,
    is_zip: bool,
    colour: NDArray[np.uint8],
    labels: NDArray[np.int32],
) -> None:
    layout(tmp_path / "data", colour, labels)
    path = tmp_path / "data"
    samples = read_dataset(zipped(path) if is_zip else path)
    check(samples, labels)
    for sample in samples:
        found = sample.image[40, 50, :3]
        np.testing.assert_allclose(found, (RED, GREEN, BLUE), atol=8)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_grey_images_keep_their_type_and_values(
    tmp_path: Path,
    dtype: str,
    suffix: str,
    grey: NDArray[np.uint8],
    labels: NDArray[np.int32],
) -> None:
    image = grey.astype(dtype) * (200 if dtype == "uint16" else 1)
    for name in ("one", "two"):
        save(tmp_path / "images" / f"{name}{suffix}", image)
        save(tmp_path / "masks" / f"{name}.png", binary(labels))
    samples = read_dataset(tmp_path)
    check(samples, labels)
    assert samples[0].image.dtype == dtype
    np.testing.assert_array_equal(samples[0].image, image)


def test_masks_of_one_nucleus_each_may_be_rgba(
    tmp_path: Path, colour: NDArray[np.uint8], labels: NDArray[np.int32]
) -> None:
    alpha = np.full(labels.shape, 255, np.uint8)
    for name in ("one", "two"):
        save(tmp_path / name / "images" / f"{name}.png", colour)
        for number in range(1, 4):
            mask = binary(labels == number)
            rgba = np.dstack([mask, mask, mask, alpha])
            save(tmp_path / name / "masks" / f"{number}.png", rgba)
    check(read_dataset(tmp_path), labels)


def test_only_the_requested_images_are_read(
    tmp_path: Path, colour: NDArray[np.uint8], labels: NDArray[np.int32]
) -> None:
    folders(tmp_path, colour, labels)
    (tmp_path / "masks" / "one.png").unlink()
    save(tmp_path / "masks" / "three.png", binary(labels))
    (sample,) = read_dataset(tmp_path, ids=["two"])
    assert sample.name == "two"


def test_labels_written_next_to_an_image_are_skipped(
    tmp_path: Path, colour: NDArray[np.uint8], labels: NDArray[np.int32]
) -> None:
    folders(tmp_path, colour, labels)
    save(tmp_path / "images" / "one_labels.tif", np.zeros((64, 80), np.uint16))
    check(read_dataset(tmp_path), labels)


def test_progress_counts_images_to_the_end(
    tmp_path: Path, colour: NDArray[np.uint8], labels: NDArray[np.int32]
) -> None:
    folders(tmp_path, colour, labels)
    calls: list[tuple[int, int]] = []
    read_dataset(tmp_path, progress=lambda *x: calls.append(x))
    assert calls == [(1, 2), (2, 2)]


def remove_a_mask(root: Path) -> None:
    (root / "masks" / "two.png").unlink()


def add_a_mask_without_an_image(root: Path) -> None:
    save(root / "images" / "three_mask.png", np.zeros((64, 80), np.uint8))


def shrink_a_mask(root: Path) -> None:
    save(root / "masks" / "two.png", np.zeros((64, 79), np.uint8))


def shrink_one_of_several_masks(root: Path) -> None:
    (root / "images" / "two.png").rename(root / "images" / "three.png")
    save(root / "three" / "images" / "three.png", np.zeros((64, 80), np.uint8))
    for number in range(2):
        mask = np.zeros((64, 80 - number), np.uint8)
        save(root / "three" / "masks" / f"{number}.png", mask)
    (root / "images" / "three.png").unlink()
    (root / "masks" / "two.png").unlink()


def remove_an_image(root: Path) -> None:
    (root / "images" / "two.png").unlink()


def empty_a_mask(root: Path) -> None:
    (root / "masks" / "two.png").write_bytes(b"")


def empty_an_image(root: Path) -> None:
    (root / "images" / "two.png").write_bytes(b"")


def write_text_for_an_image(root: Path) -> None:
    (root / "images" / "two.png").write_text("not an image")


def remove_everything(root: Path) -> None:
    for file in root.rglob("*.png"):
        file.unlink()


def leave_only_masks(root: Path) -> None:
    for file in (root / "images").iterdir():
        file.unlink()


def shrink_an_image_to_a_pixel(root: Path) -> None:
    for folder in ("images", "masks"):
        save(root / folder / "two.png", np.zeros((1, 1), np.uint8))


def put_a_stack(root: Path) -> None:
    (root / "images" / "two.png").unlink()
    save(root / "images" / "two.tif", np.zeros((5, 64, 80), np.uint8))


DAMAGE = {
    remove_a_mask: "1 of 2 images have no mask, such as images/two.png; expected a "
    "file two in a folder masks/ next to images/, or two_mask next to the image",
    remove_an_image: r"1 masks have no image, such as masks/two\.png; give the mask",
    add_a_mask_without_an_image: r"such as images/three_mask\.png; give the mask the",
    shrink_a_mask: r"two: The mask must have .*\(64, 80\); got \(64, 79\)",
    shrink_one_of_several_masks: r"1\.png: The mask must .*\(64, 80\); got \(64, 79",
    empty_a_mask: r"masks/two\.png is empty \(0 bytes\)|two\.png is empty \(0 bytes\)",
    empty_an_image: r"two\.png is empty \(0 bytes\)",
    write_text_for_an_image: r"two\.png is not an image that can be read",
    remove_everything: r"contains no images \(\.png, \.jpg, \.jpeg, \.gif, \.tif, ",
    leave_only_masks: "contains masks but no images",
    shrink_an_image_to_a_pixel: "two: image must have at least 2 pixels a side",
    put_a_stack: r"two\.tif: A training image .*single plane.*axes TYX",
}


@pytest.mark.parametrize(
    ("damage", "message"), DAMAGE.items(), ids=[f.__name__ for f in DAMAGE]
)
def test_a_damaged_dataset_is_refused_with_the_name_of_the_file(
    tmp_path: Path,
    damage: Callable[[Path], None],
    message: str,
    colour: NDArray[np.uint8],
    labels: NDArray[np.int32],
) -> None:
    folders(tmp_path, colour, labels)
    damage(tmp_path)
    with pytest.raises(ValueError, match=message):
        read_dataset(tmp_path)


def test_a_path_that_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such folder or zip file"):
        read_dataset(tmp_path / "gone")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ValueError, match="is neither a folder nor a zip file"):
        read_dataset(tmp_path / "notes.txt")


def test_a_missing_image_name_is_reported(
    tmp_path: Path, colour: NDArray[np.uint8], labels: NDArray[np.int32]
) -> None:
    folders(tmp_path, colour, labels)
    with pytest.raises(
        ValueError, match="lacks 1 of the requested images, such as three"
    ):
        read_dataset(tmp_path, ids=["one", "three"])


@pytest.mark.parametrize("is_zip", [False, True], ids=["folders", "zip files"])
def test_the_parts_of_a_data_set_are_apart(
    tmp_path: Path, is_zip: bool, colour: NDArray[np.uint8], labels: NDArray[np.int32]
) -> None:
    for part in ("train", "val", "test"):
        folders(tmp_path / "data" / part, colour, labels)
        if is_zip:
            zipped(tmp_path / "data" / part)
            shutil.rmtree(tmp_path / "data" / part)
    data = read_dataset(tmp_path / "data")
    for part in ("train", "val", "test"):
        samples = getattr(data, part)
        check(samples, labels)
        assert {sample.split for sample in samples} == {part}
    assert (len(data), data[-1].split) == (6, "test")
    assert repr(data) == "Dataset of 6 images: 2 train, 2 val, 2 test"


def test_images_are_selected_from_every_part(
    tmp_path: Path, colour: NDArray[np.uint8], labels: NDArray[np.int32]
) -> None:
    for part in ("train", "test"):
        folders(tmp_path / part, colour, labels)
    for kind in ("images", "masks"):
        file = tmp_path / "test" / kind / "one.png"
        file.rename(file.with_name("three.png"))
    data = read_dataset(tmp_path, ids=["three", "one"])
    assert [sample.name for sample in data] == ["one", "three"]
    assert [sample.name for sample in read_dataset(tmp_path, ids=["three"])] == [
        "three"
    ]
    with pytest.raises(ValueError, match=r"lacks 1 of .* images, such as zebra"):
        read_dataset(tmp_path, ids=["zebra", "one"])


def test_a_data_set_without_parts_is_for_training(
    tmp_path: Path, colour: NDArray[np.uint8], labels: NDArray[np.int32]
) -> None:
    folders(tmp_path, colour, labels)
    data = read_dataset(tmp_path)
    assert isinstance(data, Dataset)
    assert (len(data.train), data.val, data.test, data[0].split) == (2, (), (), "")
    assert list(data[:1]) == [data[0]]
