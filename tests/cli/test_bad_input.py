"""Mistakes of a user, and the one line that describes each."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei.core.card import FORMAT
from napari_nuclei.model.store import BUNDLED, DEFAULT_MODEL

CommandLine = Callable[..., tuple[int, str, str]]
FilesIn = Callable[[Path], set[str]]


NAN = np.zeros((32, 32), np.float32)
NAN[3, 3] = np.nan
FLAT = np.zeros((32, 32), np.uint8)


def tiff(pixels: NDArray[Any], **options: Any) -> Callable[[Path], None]:
    return lambda folder: tifffile.imwrite(folder / "in.tif", pixels, **options)


def file(name: str, content: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return write


def mask_of(pixels: NDArray[Any]) -> Callable[[Path], None]:
    return lambda folder: tifffile.imwrite(folder / "data" / "masks" / "b.tif", pixels)


def no_mask(folder: Path) -> None:
    (folder / "data" / "masks" / "b.tif").unlink()


def no_nuclei(folder: Path) -> None:
    for name in ("a.tif", "b.tif"):
        tifffile.imwrite(
            folder / "data" / "masks" / name, np.zeros((160, 200), np.uint8)
        )


def one_nucleus(folder: Path) -> None:
    for part in ("images", "masks"):
        (folder / "data" / part / "b.tif").unlink()
    mask = np.zeros((160, 200), np.uint8)
    mask[20:30, 20:30] = 255
    tifffile.imwrite(folder / "data" / "masks" / "a.tif", mask)


def empty_folder(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).mkdir(parents=True)


def model_without_card(folder: Path) -> None:
    shutil.copytree(BUNDLED / DEFAULT_MODEL, folder / "model")
    (folder / "model" / "card.json").unlink()


def model_with(**values: Any) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        shutil.copytree(BUNDLED / DEFAULT_MODEL, folder / "model")
        card = json.loads((folder / "model" / "card.json").read_text())
        (folder / "model" / "card.json").write_text(json.dumps(card | values))

    return write


def zip_with_a_bad_image(folder: Path) -> None:
    with zipfile.ZipFile(folder / "data.zip", "w") as archive:
        for path in sorted((folder / "data").rglob("*.tif")):
            archive.write(path, path.relative_to(folder / "data").as_posix())
    content = (folder / "data.zip").read_bytes()
    middle = len(content) // 3
    (folder / "data.zip").write_bytes(
        content[:middle] + b"damaged" + content[middle + 7 :]
    )


def both(*steps: Callable[[Path], None]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for step in steps:
            step(folder)

    return write


def unchanged(folder: Path) -> None:
    """Leave the folder with its data set unchanged."""


SEGMENT = "segment in.tif -o out --overlay --table"
TRAIN = "train data --name new --no-tensorboard"

BAD: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "missing file": (unchanged, SEGMENT, "in.tif: there is no such file or folder"),
    "not an image": (file("in.tif", b"hello"), SEGMENT, "in.tif is not a TIFF that"),
    "a file that is no image": (
        file("in.txt", b"hello"),
        "segment in.txt -o out",
        "in.txt is not an image that can be read",
    ),
    "zero bytes": (file("in.tif", b""), SEGMENT, "in.tif is empty (0 bytes)"),
    "one row": (tiff(FLAT[:1]), SEGMENT, "at least 2 pixels a side; got 1 x 32"),
    "one pixel": (tiff(FLAT[:1, :1]), SEGMENT, "at least 2 pixels a side; got 1 x 1"),
    "NaN values": (
        tiff(NAN),
        SEGMENT,
        "in.tif: image has NaN or infinite values",
    ),
    "infinite values": (
        tiff(NAN * 0 + np.inf),
        SEGMENT,
        "in.tif: image has NaN or infinite values",
    ),
    "a boolean image": (tiff(FLAT > 0), SEGMENT, "in.tif: image is a boolean mask"),
    "complex numbers": (
        tiff(FLAT * 1j),
        SEGMENT,
        "in.tif: image must hold integers or real",
    ),
    "five channels": (
        tiff(np.stack([FLAT] * 5), metadata={"axes": "CYX"}),
        SEGMENT,
        "in.tif: the image has 5 channels (axes CYX); choose one with channel, 0 to 4",
    ),
    "five channels without axis names": (
        tiff(np.stack([FLAT] * 5, axis=-1)),
        SEGMENT,
        "in.tif: the image has 5 channels (axes YXC); choose one with channel, 0 to 4",
    ),
    "a damaged zarr": (
        file("in.zarr/zarr.json", b"{"),
        "segment in.zarr -o out",
        "in.zarr is not a zarr that can be read",
    ),
    "a channel too high": (
        tiff(np.stack([FLAT] * 5), metadata={"axes": "CYX"}),
        f"{SEGMENT} --channel 5",
        "in.tif: channel must be 0 to 4; got 5",
    ),
    "a channel of an image without channels": (
        tiff(FLAT),
        f"{SEGMENT} --channel 1",
        "in.tif: channel 1 was chosen, but YX has no axis C",
    ),
    "a length without a pixel size": (
        tiff(FLAT),
        f"{SEGMENT} --diameter 9um",
        "in.tif: diameter '9um' needs a pixel size",
    ),
    "a pixel size of 0": (
        tiff(FLAT),
        f"{SEGMENT} --pixel-size 0",
        "pixel_size must be above 0, in µm; got 0.0",
    ),
    "a negative pixel size": (
        tiff(FLAT),
        f"{SEGMENT} --pixel-size -2 --diameter 9um",
        "pixel_size must be above 0, in µm; got -2.0",
    ),
    "a bad setting": (tiff(FLAT), f"{SEGMENT} --tile 100", "tile must be a multiple"),
    "a bad diameter": (
        tiff(FLAT),
        f"{SEGMENT} --diameter big",
        "diameter must be auto, native, a number of pixels (24) or a length",
    ),
    "an empty folder to segment": (
        empty_folder("none"),
        "segment none -o out",
        "none holds no images (.png, .jpg",
    ),
    "an output folder inside a file": (
        tiff(FLAT),
        "segment in.tif -o in.tif/out",
        "cannot be made",
    ),
    "a file as output folder": (
        both(tiff(FLAT), file("notes.txt", b"hello")),
        "segment in.tif -o notes.txt",
        "notes.txt is a file",
    ),
    "the image itself as output": (
        tiff(FLAT),
        "segment in.tif -o in.tif",
        "in.tif is the image itself and is not replaced",
    ),
    "a file as output of several images": (
        unchanged,
        "segment data/images -o labels.tif",
        "labels.tif is a single file, but there are 2 images. Name a folder",
    ),
    "a file without a format that is written": (
        tiff(FLAT),
        "segment in.tif -o labels.tif --format csv",
        "labels.tif does not end in .csv",
    ),
    "a demo folder inside a file": (tiff(FLAT), "demo -o in.tif/out", "cannot be made"),
    "no such model": (
        tiff(FLAT),
        f"{SEGMENT} --model unknown",
        f"There is no model unknown; the models are: {DEFAULT_MODEL}",
    ),
    "a model without a card": (
        model_without_card,
        "segment data -o out --model model",
        "model is not a model: it has no card.json",
    ),
    "a model of a newer version": (
        model_with(format=FORMAT + 1),
        "segment data -o out --model model",
        f"The model card has format {FORMAT + 1}, newer than {FORMAT}; update ",
    ),
    "a model card with text for a number": (
        model_with(probability="half"),
        "segment data -o out --model model",
        "probability of a model card must be a number; got 'half'",
    ),
    "a network file as model": (
        file("net.keras", b""),
        "segment data -o out --model net.keras",
        "import it first: napari-nuclei models import net.keras",
    ),
    "a missing data folder": (
        unchanged,
        "train nowhere --name new",
        "nowhere: There is no such folder",
    ),
    "a mask of another size": (
        mask_of(FLAT),
        TRAIN,
        "b: The mask must have the height and width of its image, (160, 200); got (32",
    ),
    "an image without a mask": (
        no_mask,
        TRAIN,
        "data: 1 of 2 images have no mask, such as images/b.tif; expected a file b in",
    ),
    "an empty folder to train on": (
        empty_folder("none"),
        "train none --name new",
        "none contains no images (.png, .jpg",
    ),
    "too few nuclei to hold out": (
        one_nucleus,
        TRAIN,
        "Too few nuclei to hold some out for the test; paint at least two nuclei",
    ),
    "an empty validation folder": (
        empty_folder("none"),
        f"{TRAIN} --val none",
        "none contains no images",
    ),
    "an empty list of validation images": (
        file("ids.txt", b"\n"),
        f"{TRAIN} --val-ids ids.txt",
        "ids.txt contains no image names",
    ),
    "the same images for training and validation": (
        unchanged,
        f"{TRAIN} --val data",
        "Training and validation set have images in common, such as a",
    ),
    "no nuclei": (no_nuclei, TRAIN, "The training images contain no nucleus; annotate"),
    "a damaged zip": (zip_with_a_bad_image, "train data.zip --name new", "data.zip"),
    "a file that is no zip": (
        file("data.zip", b"hello"),
        "evaluate data.zip",
        "data.zip is neither",
    ),
    "the name of a bundled model": (
        unchanged,
        f"train data --name {DEFAULT_MODEL}",
        f"There is a bundled model named {DEFAULT_MODEL}; choose another name",
    ),
    "a name with a slash": (unchanged, "train data --name a/b", "name must be 1 to 64"),
    "a wrong number of decoder channels": (
        unchanged,
        f"{TRAIN} --decoder 8,8",
        "decoder must name four positive channel counts",
    ),
    "a missing training to resume": (
        unchanged,
        f"{TRAIN} --resume --alpha 0.35",
        "There is no training to resume",
    ),
    "a missing base model": (
        unchanged,
        f"{TRAIN} --from unknown",
        "There is no model unknown",
    ),
    "missing encoder weights": (
        unchanged,
        f"{TRAIN} --encoder-weights gone.h5",
        "There is no file gone.h5 for the encoder weights",
    ),
    "a file as models folder": (
        file("user-models", b""),
        TRAIN,
        "user-models is a file. Name a folder instead",
    ),
    "a file as models folder, on import": (
        both(file("user-models", b""), model_with()),
        "models import model --name new",
        "user-models is a file. Name a folder instead",
    ),
    "a block size for a file read whole": (
        tiff(FLAT),
        f"{SEGMENT} --block 512",
        "--block is for a zarr or a slide",
    ),
    "a folder as table of all nuclei": (
        empty_folder("all.csv"),
        "segment data/images -o out --all-nuclei all.csv",
        "all.csv is a folder. Name a file for the table",
    ),
    "a results.csv from another program": (
        file("out/results.csv", b"plate,cells\nA1,7\n"),
        "segment data/images -o out",
        "results.csv is not a manifest of an earlier run. Move it, or name another "
        "folder",
    ),
    "a missing second model": (
        unchanged,
        "evaluate data --against unknown",
        "There is no model unknown",
    ),
    "a listed image that is missing": (
        file("ids.txt", b"zebra"),
        "evaluate data --ids ids.txt",
        "data lacks 1 of the requested images, such as zebra",
    ),
    "a missing list of images": (
        unchanged,
        "evaluate data --ids gone.txt",
        "gone.txt",
    ),
    "groups without their columns": (
        file("groups.csv", b"a,b\n1,2\n"),
        "evaluate data --groups groups.csv",
        "groups.csv must have the columns id and group",
    ),
    "groups that are not text": (
        file("groups.csv", b"\xff\xfe\x00"),
        "evaluate data --groups groups.csv",
        "groups.csv is not a CSV text file",
    ),
    "a mask that is not an image": (
        file("data/masks/b.tif", b"hello"),
        "evaluate data",
        "masks/b.tif is not a TIFF that can be read",
    ),
    "a mask of several planes": (
        mask_of(np.stack([FLAT] * 2)),
        "evaluate data",
        "napari-nuclei: masks/b.tif: A training image and its mask must be a single",
    ),
    "a mask with NaN": (
        mask_of(np.full((160, 200), np.nan, np.float32)),
        "evaluate data",
        "masks/b.tif: A mask must hold whole numbers; it has NaN or",
    ),
    "a report folder inside a file": (
        tiff(FLAT),
        "evaluate data -o in.tif/report",
        "in.tif",
    ),
    "a missing model to show": (
        unchanged,
        "models info unknown",
        "There is no model unknown",
    ),
    "a missing model to remove": (
        unchanged,
        "models remove unknown",
        "There is no model unknown in",
    ),
    "removing a bundled model": (
        unchanged,
        f"models remove {DEFAULT_MODEL}",
        "is a bundled model and cannot be removed",
    ),
    "renaming a bundled model": (
        unchanged,
        f"models rename {DEFAULT_MODEL} mine",
        "is not one of your models and cannot be renamed",
    ),
    "a missing file to import": (
        unchanged,
        "models import gone",
        "gone: there is no such file",
    ),
    "an image to import": (
        tiff(FLAT),
        "models import in.tif",
        "in.tif is not a model",
    ),
    "a .keras file that is no zip": (
        file("net.keras", b"hello"),
        "models import net.keras",
        "net.keras is not a .keras file (a zip made by model.save)",
    ),
    "an existing file to export to": (
        file("in.zip", b"mine"),
        f"models export {DEFAULT_MODEL} in.zip",
        "in.zip already exists; choose another file name",
    ),
    "a file of no format to export to": (
        tiff(FLAT),
        f"models export {DEFAULT_MODEL} in.tif",
        "in.tif does not say in which format to write the model. Its name must end in "
        "one of: .zip",
    ),
}


@pytest.mark.parametrize(("prepare", "words", "message"), BAD.values(), ids=BAD)
def test_a_mistake_prints_one_line_and_writes_nothing(
    run: CommandLine,
    data: Path,
    tmp_path: Path,
    prepare: Callable[[Path], None],
    words: str,
    message: str,
    files_in: FilesIn,
) -> None:
    prepare(tmp_path)
    before = files_in(tmp_path)
    code, _, err = run(*words.split())
    assert code == 1
    assert message in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert files_in(tmp_path) == before


def test_a_missing_package_is_named_with_its_install_command(
    run: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file("big.zarr/zarr.json", b"{}")(tmp_path)
    monkeypatch.setitem(sys.modules, "zarr", None)
    code, _, err = run("segment", "big.zarr", "-o", "out.zarr")
    remedy = "python -m pip install 'napari-nuclei[large]'"
    assert (code, err) == (1, f"napari-nuclei: zarr is needed here: {remedy}\n")


BEFORE_READING: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "a missing base model": (
        unchanged,
        f"{TRAIN} --from unknown",
        "There is no model unknown",
    ),
    "a base model with other channels": (
        model_with(channels=["foreground"]),
        f"{TRAIN} --from model",
        "training can start from models of this package",
    ),
    "a file as models folder": (
        file("user-models", b""),
        TRAIN,
        "user-models is a file. Name a folder instead",
    ),
    "a missing model to quantize": (
        unchanged,
        "models quantize unknown data --name new --val data",
        "There is no model unknown",
    ),
    "no validation images": (
        unchanged,
        f"models quantize {DEFAULT_MODEL} data --name new",
        "quantize needs validation images to choose the",
    ),
    "a missing model to score": (
        unchanged,
        "evaluate data --model unknown",
        "There is no model unknown",
    ),
    "a bad setting": (unchanged, "evaluate data --tile 100", "tile must be a multiple"),
    "a file as report folder": (
        tiff(FLAT),
        "evaluate data -o in.tif",
        "in.tif is a file",
    ),
}


@pytest.mark.parametrize(
    ("prepare", "words", "message"), BEFORE_READING.values(), ids=BEFORE_READING
)
def test_a_mistake_is_reported_before_the_images_are_read(
    run: CommandLine,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[Path], None],
    words: str,
    message: str,
) -> None:
    def read(*args: Any, **options: Any) -> None:
        raise AssertionError("the images were read")

    for module in ("datasets", "paths", "sample_inputs"):
        monkeypatch.setattr(f"napari_nuclei.data.{module}.load_folder", read)
    prepare(tmp_path)
    code, _, err = run(*words.split())
    assert code == 1
    assert message in err
