from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei.training.datasets import (
    Sample,
    labels_from_mask,
    read_dataset,
    read_ids,
    split_samples,
)

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


def masks_beside(root: Path, image: Array, labels: NDArray[np.int32]) -> None:
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
    masks_beside,
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


def test_only_the_images_named_are_read(
    tmp_path: Path, colour: NDArray[np.uint8], labels: NDArray[np.int32]
) -> None:
    folders(tmp_path, colour, labels)
    (tmp_path / "masks" / "one.png").unlink()
    (sample,) = read_dataset(tmp_path, ids=["two"])
    assert sample.name == "two"


def test_progress_counts_images_to_the_end(
    tmp_path: Path, colour: NDArray[np.uint8], labels: NDArray[np.int32]
) -> None:
    folders(tmp_path, colour, labels)
    told: list[tuple[int, int]] = []
    read_dataset(tmp_path, progress=lambda *x: told.append(x))
    assert told == [(1, 2), (2, 2)]


COLOURS = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0], [255, 255, 0]], np.uint8)


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("0 and 1", lambda x: (x > 0).astype(np.uint8)),
        ("0 and 255", binary),
        ("boolean", lambda x: x > 0),
        ("10 and 30", lambda x: np.where(x > 0, 30, 10).astype(np.uint8)),
        ("floats 0 and 1", lambda x: (x > 0).astype(np.float32)),
        ("labels of 16 bits", lambda x: x.astype(np.uint16) * 500),
        ("labels as floats", lambda x: x.astype(np.float32)),
        ("binary RGB", lambda x: np.dstack([binary(x)] * 3)),
        ("binary in blue only", lambda x: np.dstack([0 * x, 0 * x, binary(x)])),
        ("labels in RGB", lambda x: np.dstack([x.astype(np.uint8)] * 3)),
        ("RGBA", lambda x: np.dstack([binary(x)] * 3 + [np.full_like(x, 255)])),
        ("a colour each", lambda x: COLOURS[x]),
        ("a colour of 16 bits each", lambda x: COLOURS[x].astype(np.uint16) * 257),
    ],
)
def test_a_mask_of_any_kind_becomes_labels(
    kind: str, make: Callable[[Array], Array], labels: NDArray[np.int32]
) -> None:
    mask = make(labels)
    mask.flags.writeable = False
    found = labels_from_mask(mask)
    assert found.dtype == np.int32
    assert found.max() == 3
    np.testing.assert_array_equal(found > 0, labels > 0)
    for number in range(1, 4):
        assert len(set(found[labels == number].tolist())) == 1


def test_labels_keep_touching_nuclei_apart(discs) -> None:
    labels = discs((60, 90), [(30, 25, 15), (30, 54, 15), (10, 80, 5)])
    assert labels_from_mask(labels).max() == 3
    assert labels_from_mask(COLOURS[labels]).max() == 3
    assert labels_from_mask(binary(labels)).max() == 2


@pytest.mark.parametrize("values", ["grey", "three equal channels", "red"])
def test_a_lossy_mask_is_cut_at_half(
    values: str, labels: NDArray[np.int32], rng: np.random.Generator
) -> None:
    plane = np.clip(binary(labels) + rng.normal(0, 20, labels.shape), 0, 255)
    plane = plane.astype(np.uint8)
    mask = {
        "grey": plane,
        "three equal channels": np.dstack([plane] * 3),
        "red": np.dstack([plane, plane // 9, plane // 9]),
    }[values]
    found = labels_from_mask(mask, lossy=True)
    np.testing.assert_array_equal(found > 0, labels > 0)


@pytest.mark.parametrize("dtype", ["uint8", "bool", "float32"])
def test_an_empty_mask_holds_no_nucleus(dtype: str) -> None:
    assert not labels_from_mask(np.zeros((9, 9), dtype)).any()


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.array([[0, 0.25], [0.5, 1]]), "whole numbers.*fractions such as 0.25"),
        (np.array([[0, -3], [5, 1]]), "must not hold negative numbers; got -3"),
        (np.array([[0, np.nan], [5, 1]]), "a mask has values that are NaN or infini"),
        (np.array([[0, 3j], [5, 1]]), "must hold whole numbers; got complex128"),
    ],
    ids=["fractions", "negative", "NaN", "complex"],
)
def test_a_mask_that_holds_no_labels_is_refused(mask: Array, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        labels_from_mask(mask)


def remove_a_mask(root: Path) -> None:
    (root / "masks" / "two.png").unlink()


def shrink_a_mask(root: Path) -> None:
    save(root / "masks" / "two.png", np.zeros((64, 79), np.uint8))


def shrink_one_of_several_masks(root: Path) -> None:
    (root / "images" / "two.png").rename(root / "images" / "three.png")
    save(root / "three" / "images" / "three.png", np.zeros((64, 80), np.uint8))
    for number in range(2):
        mask = np.zeros((64, 80 - number), np.uint8)
        save(root / "three" / "masks" / f"{number}.png", mask)
    (root / "images" / "three.png").unlink()


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


SPOILERS = {
    remove_a_mask: "1 of 2 images have no mask, such as images/two.png; expected a "
    "file two in a folder masks/ beside images/, or two_mask beside the image",
    shrink_a_mask: r"two: the mask must have .*\(64, 80\); got \(64, 79\)",
    shrink_one_of_several_masks: r"1\.png: the mask must .*\(64, 80\); got \(64, 79",
    empty_a_mask: r"masks/two\.png is empty \(0 bytes\)|two\.png is empty \(0 bytes\)",
    empty_an_image: r"two\.png is empty \(0 bytes\)",
    write_text_for_an_image: r"two\.png is not an image that can be read",
    remove_everything: r"holds no images \(\.png, \.jpg, \.jpeg, \.tif, \.tiff\)",
    leave_only_masks: "holds no images beside masks",
    shrink_an_image_to_a_pixel: "two: image must have at least 2 pixels a side",
    put_a_stack: r"two\.tif: a training image and its mask must be one plane.*axes TYX",
}


@pytest.mark.parametrize(
    ("spoil", "message"), SPOILERS.items(), ids=[f.__name__ for f in SPOILERS]
)
def test_a_spoilt_dataset_is_refused_with_the_name_of_the_file(
    tmp_path: Path,
    spoil: Callable[[Path], None],
    message: str,
    colour: NDArray[np.uint8],
    labels: NDArray[np.int32],
) -> None:
    folders(tmp_path, colour, labels)
    spoil(tmp_path)
    with pytest.raises(ValueError, match=message):
        read_dataset(tmp_path)


def test_a_path_that_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such folder or zip file"):
        read_dataset(tmp_path / "gone")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ValueError, match="is neither a folder nor a zip file"):
        read_dataset(tmp_path / "notes.txt")


def test_a_name_that_is_not_there_is_told(
    tmp_path: Path, colour: NDArray[np.uint8], labels: NDArray[np.int32]
) -> None:
    folders(tmp_path, colour, labels)
    with pytest.raises(ValueError, match="lacks 1 of the images named, such as three"):
        read_dataset(tmp_path, ids=["one", "three"])


def test_names_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_text("one\ntwo\n\n")
    assert read_ids(path) == ["one", "two"]
    path.write_text("\n")
    with pytest.raises(ValueError, match="names no images"):
        read_ids(path)
    path.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ValueError, match="is not a text file of image names"):
        read_ids(path)


def samples(count: int) -> list[Sample]:
    plane = np.zeros((4, 4), np.int32)
    return [Sample(f"{number}", plane, plane) for number in range(count)]


@pytest.mark.parametrize("count", [2, 3, 10, 101])
@pytest.mark.parametrize("fraction", [0.01, 0.15, 0.9])
def test_a_split_keeps_every_sample_once(count: int, fraction: float) -> None:
    everything = samples(count)
    kept, held = split_samples(everything, fraction, seed=3)
    assert kept and held
    assert sorted(s.name for s in kept + held) == sorted(s.name for s in everything)
    again = split_samples(everything, fraction, seed=3)
    assert [s.name for s in held] == [s.name for s in again[1]]


def test_the_seed_decides_the_split() -> None:
    held = [split_samples(samples(50), 0.2, seed)[1] for seed in (0, 1)]
    assert {s.name for s in held[0]} != {s.name for s in held[1]}


def test_a_single_image_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="cannot be held out of a single image"):
        split_samples(samples(1), 0.5, seed=0)
