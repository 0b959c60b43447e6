from __future__ import annotations

import csv
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
import zarr
from numpy.typing import NDArray

from napari_nuclei import __version__, cli, load_segmenter
from napari_nuclei.cli import main
from napari_nuclei.core.imagefiles import read_image
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.model.store import BUNDLED, DEFAULT_MODEL

CommandLine = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    """Return a function that runs the command in `tmp_path`."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture(scope="module")
def scene() -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    return synthetic_nuclei((160, 200), seed=4)


@pytest.fixture
def data(tmp_path: Path, scene: tuple[NDArray[Any], NDArray[Any]]) -> Path:
    """Return a folder of two images beside masks."""
    folder = tmp_path / "data"
    for part, pixels in zip(("images", "masks"), scene, strict=True):
        (folder / part).mkdir(parents=True)
        for name in ("a.tif", "b.tif"):
            tifffile.imwrite(folder / part / name, pixels.astype(np.uint16))
    return folder


def files_in(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_segmenting_a_file_prints_its_nuclei_its_time_and_what_was_written(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    code, out, err = run(
        "segment", data / "images" / "a.tif", "-o", "out", "--overlay", "--table"
    )
    assert (code, err) == (0, "")
    labels = read_image(tmp_path / "out" / "a_labels.tif").pixels
    with (tmp_path / "out" / "a_nuclei.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == labels.max()
    lines = out.splitlines()
    assert f"a.tif: {labels.max()} nuclei in " in lines[0]
    assert [line.strip() for line in lines[1:]] == [
        str(Path("out", name))
        for name in ("a_labels.tif", "a_nuclei.csv", "a_overlay.png")
    ]
    assert files_in(tmp_path / "out") == {Path(line).name for line in lines[1:]}


def test_settings_reach_the_segmenter(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    image = data / "images" / "a.tif"
    words = "--diameter native --probability 0.5 --tile 64 --overlap 16".split()
    assert run("segment", image, "-o", "one", *words)[0] == 0
    assert run("segment", image, "-o", "none", *words, "--min-size", "99999")[0] == 0
    assert read_image(tmp_path / "one" / "a_labels.tif").pixels.any()
    assert not read_image(tmp_path / "none" / "a_labels.tif").pixels.any()


def test_the_command_gives_what_the_library_gives(
    run: CommandLine,
    data: Path,
    tmp_path: Path,
    scene: tuple[NDArray[Any], NDArray[Any]],
) -> None:
    from napari_nuclei import load_segmenter

    run("segment", data / "images" / "a.tif", "-o", "out")
    written = read_image(tmp_path / "out" / "a_labels.tif").pixels
    np.testing.assert_array_equal(written, load_segmenter().segment(scene[0]))


def test_a_folder_goes_on_past_bad_files_and_ends_with_code_1(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    (data / "images" / "bad.png").write_bytes(b"hello")
    code, out, err = run("segment", data / "images", "-o", "out")
    assert code == 1
    assert err.count("\n") == 1
    assert "bad.png: failed: bad.png is not an image that can be read" in err
    assert out.splitlines()[-1].startswith("2 of 3 images, ")
    assert out.splitlines()[-1].endswith(" nuclei, 1 failed")
    names = {"a_labels.tif", "b_labels.tif", "results.csv"}
    assert files_in(tmp_path / "out") == names


def test_a_pattern_names_files(run: CommandLine, data: Path, tmp_path: Path) -> None:
    code, out, _ = run("segment", "data/images/*.tif", "-o", "out")
    assert code == 0
    assert "2 of 2 images" in out


def test_an_image_of_one_value_has_no_nuclei_and_is_no_error(
    run: CommandLine, tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "flat.png"), np.full((64, 64), 90, np.uint8))
    code, out, err = run("segment", "flat.png", "-o", "out", "--overlay", "--table")
    assert (code, err) == (0, "")
    assert "flat.png: 0 nuclei" in out
    assert not read_image(tmp_path / "out" / "flat_labels.tif").pixels.any()


def test_the_demo_needs_nothing_and_leaves_pictures(
    run: CommandLine, tmp_path: Path
) -> None:
    code, out, err = run("demo")
    assert (code, err) == (0, "")
    assert "made by code" in out
    assert files_in(tmp_path / "demo") == {
        "fluorescence.tif",
        "fluorescence_labels.tif",
        "fluorescence_nuclei.csv",
        "fluorescence_overlay.png",
    }


def test_evaluating_prints_a_table_and_writes_a_report(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "groups.csv").write_text("id,group\na,first\nb,second\n")
    code, out, err = run("evaluate", data, "-o", "report", "--groups", "groups.csv")
    assert (code, err) == (0, "")
    assert "first" in out
    assert "second" in out
    assert {"evaluation.csv", "evaluation.json"} <= files_in(tmp_path / "report")
    report = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    assert report["images"] == 2
    (tmp_path / "ids.txt").write_text("a\n")
    code, out, _ = run("evaluate", data, "--ids", "ids.txt", "--model", DEFAULT_MODEL)
    assert code == 0


def test_two_models_are_compared_image_by_image(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    code, out, err = run("evaluate", data, "--against", DEFAULT_MODEL, "-o", "report")
    assert (code, err) == (0, "")
    assert f"model {DEFAULT_MODEL} against {DEFAULT_MODEL}" in out
    assert "paired by image: 0.0000 (0.0000 to 0.0000)" in out
    assert "evaluation.csv" in files_in(tmp_path / "report" / "against")


def test_a_test_set_of_a_data_set_is_the_one_evaluated(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    for part in ("train", "test"):
        shutil.copytree(data, tmp_path / "split" / part)
    (tmp_path / "split" / "test" / "images" / "b.tif").unlink()
    (tmp_path / "split" / "test" / "masks" / "b.tif").unlink()
    assert run("evaluate", "split", "-o", "report")[0] == 0
    report = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    assert report["images"] == 1


def test_models_are_exported_imported_listed_shown_and_removed(
    run: CommandLine, own_models: Path, tmp_path: Path
) -> None:
    code, out, err = run("models", "export", DEFAULT_MODEL, tmp_path)
    assert (code, out.strip(), err) == (0, str(tmp_path / f"{DEFAULT_MODEL}.zip"), "")
    path = tmp_path / f"{DEFAULT_MODEL}.zip"
    code, out, _ = run("models", "import", path, "--name", "mine")
    assert code == 0
    assert out == f"imported mine into {own_models / 'mine'}\n"
    code, out, _ = run("models", "list")
    assert code == 0
    assert f"{DEFAULT_MODEL}  bundled" in out
    assert "mine    yours" in out
    assert str(own_models) in out
    code, out, _ = run("models", "show", "mine")
    assert (code, json.loads(out)["name"]) == (0, "mine")
    assert run("models", "remove", "mine") == (0, "removed mine\n", "")
    assert "yours" not in run("models", "list")[1]


def test_a_model_of_ones_own_is_used_by_name_and_by_path(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    shutil.copytree(BUNDLED / DEFAULT_MODEL, tmp_path / "copy")
    run("models", "import", "copy", "--name", "mine")
    for model in ("mine", "copy", tmp_path / "copy"):
        words = ("segment", data / "images" / "a.tif", "-o", "out", "--model", model)
        assert run(*words)[0] == 0


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize(
    "words",
    [
        "",
        "segment",
        "segment a.png",
        "segment a.png -o out --tile big",
        "segment a.png -o out --engine fast",
        "train data",
        "evaluate",
        "models",
        "models rename",
        "models show",
        "paint",
        "--colour",
    ],
    ids=lambda words: words or "nothing",
)
def test_a_wrong_command_line_ends_with_code_2(
    words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, own_models: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 2
    assert "usage: napari-nuclei" in capsys.readouterr().err
    assert not own_models.exists()


@pytest.mark.parametrize(
    "words",
    ["", "segment", "train", "evaluate", "demo", "models", "models import"],
    ids=lambda words: words or "all",
)
def test_every_command_explains_itself(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words.split(), "--help"])
    assert ended.value.code == 0
    assert "usage: napari-nuclei" in capsys.readouterr().out


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


def mask_of_another_size(folder: Path) -> None:
    tifffile.imwrite(folder / "data" / "masks" / "b.tif", FLAT)


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


def zip_with_a_bad_image(folder: Path) -> None:
    with zipfile.ZipFile(folder / "data.zip", "w") as archive:
        for path in sorted((folder / "data").rglob("*.tif")):
            archive.write(path, path.relative_to(folder / "data").as_posix())
    content = (folder / "data.zip").read_bytes()
    middle = len(content) // 3
    (folder / "data.zip").write_bytes(
        content[:middle] + b"damaged" + content[middle + 7 :]
    )


def nothing(folder: Path) -> None:
    """Leave the folder with its data set as it is."""


SEGMENT = "segment in.tif -o out --overlay --table"
TRAIN = "train data --name new --no-tensorboard"

BAD: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "missing file": (nothing, SEGMENT, "in.tif: there is no such file or folder"),
    "not an image": (file("in.tif", b"hello"), SEGMENT, "in.tif is not a TIFF that"),
    "no image by its name": (
        file("in.txt", b"hello"),
        "segment in.txt -o out",
        "in.txt is not an image that can be read",
    ),
    "zero bytes": (file("in.tif", b""), SEGMENT, "in.tif is empty (0 bytes)"),
    "one row": (tiff(FLAT[:1]), SEGMENT, "at least 2 pixels a side; got 1 x 32"),
    "one pixel": (tiff(FLAT[:1, :1]), SEGMENT, "at least 2 pixels a side; got 1 x 1"),
    "NaN": (tiff(NAN), SEGMENT, "in.tif: image has values that are NaN or infinite"),
    "infinite": (tiff(NAN * 0 + np.inf), SEGMENT, "in.tif: image has values that are"),
    "1-bit": (tiff(FLAT > 0), SEGMENT, "in.tif: image is boolean, a mask"),
    "complex": (tiff(FLAT * 1j), SEGMENT, "in.tif: image must hold integers or real"),
    "five channels": (
        tiff(np.stack([FLAT] * 5), metadata={"axes": "CYX"}),
        SEGMENT,
        "in.tif: the image has 5 channels (axes CYX); choose one with channel, 0 to 4",
    ),
    "a channel too high": (
        tiff(np.stack([FLAT] * 5), metadata={"axes": "CYX"}),
        f"{SEGMENT} --channel 5",
        "in.tif: channel must be 0 to 4; got 5",
    ),
    "a channel of none": (
        tiff(FLAT),
        f"{SEGMENT} --channel 1",
        "in.tif: channel 1 was chosen, but YX has no axis C",
    ),
    "a length without a pixel size": (
        tiff(FLAT),
        f"{SEGMENT} --diameter 9um",
        "in.tif: diameter '9um' needs the size of a pixel",
    ),
    "a pixel size of 0": (
        tiff(FLAT),
        f"{SEGMENT} --pixel-size 0",
        "pixel_size must be a number of micrometres above 0; got 0.0",
    ),
    "a negative pixel size": (
        tiff(FLAT),
        f"{SEGMENT} --pixel-size -2 --diameter 9um",
        "pixel_size must be a number of micrometres above 0; got -2.0",
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
    "a folder below a file": (
        tiff(FLAT),
        "segment in.tif -o in.tif/out",
        "cannot be made",
    ),
    "a file for a folder": (
        tiff(FLAT),
        "segment in.tif -o in.tif",
        "in.tif is a file; name a folder for the results",
    ),
    "a demo below a file": (tiff(FLAT), "demo -o in.tif/out", "cannot be made"),
    "no such model": (
        tiff(FLAT),
        f"{SEGMENT} --model unknown",
        f"there is no model unknown; the models are: {DEFAULT_MODEL}",
    ),
    "a model without a card": (
        model_without_card,
        "segment data -o out --model model",
        "model is not a model: it has no card.json",
    ),
    "a bare file for a model": (
        file("net.keras", b""),
        "segment data -o out --model net.keras",
        "import it first: napari-nuclei models import net.keras",
    ),
    "no data": (
        nothing,
        "train nowhere --name new",
        "nowhere: there is no such folder",
    ),
    "a mask of another size": (
        mask_of_another_size,
        TRAIN,
        "b: the mask must have the image's height and width (160, 200); got (32, 32)",
    ),
    "an image without a mask": (
        no_mask,
        TRAIN,
        "data: 1 of 2 images have no mask, such as images/b.tif; expected a file b in",
    ),
    "an empty folder to train on": (
        empty_folder("none"),
        "train none --name new",
        "none holds no images (.png, .jpg",
    ),
    "no validation": (
        one_nucleus,
        TRAIN,
        "some nuclei are held out to check the model on, and those painted do not",
    ),
    "an empty validation folder": (
        empty_folder("none"),
        f"{TRAIN} --val none",
        "none holds no images",
    ),
    "an empty list of validation images": (
        file("ids.txt", b"\n"),
        f"{TRAIN} --val-ids ids.txt",
        "ids.txt names no images",
    ),
    "images to train and to validate on": (
        nothing,
        f"{TRAIN} --val data",
        "2 images are both in the training and in the validation set, such as a",
    ),
    "no nuclei": (no_nuclei, TRAIN, "the training images hold no nucleus; annotate"),
    "a damaged zip": (zip_with_a_bad_image, "train data.zip --name new", "data.zip"),
    "no zip": (file("data.zip", b"hello"), "evaluate data.zip", "data.zip is neither"),
    "a name of a bundled model": (
        nothing,
        f"train data --name {DEFAULT_MODEL}",
        f"a bundled model is named {DEFAULT_MODEL}; choose another name",
    ),
    "a name with a slash": (nothing, "train data --name a/b", "name must be 1 to 64"),
    "bad settings of training": (
        nothing,
        f"{TRAIN} --decoder 8,8",
        "decoder must name four positive channel counts",
    ),
    "no training to resume": (
        nothing,
        f"{TRAIN} --resume --alpha 0.35",
        "there is no training to resume",
    ),
    "no base to begin from": (
        nothing,
        f"{TRAIN} --from unknown",
        "there is no model unknown",
    ),
    "no encoder weights": (
        nothing,
        f"{TRAIN} --encoder-weights gone.h5",
        "encoder weights: there is no file gone.h5",
    ),
    "ids that are not there": (
        file("ids.txt", b"zebra"),
        "evaluate data --ids ids.txt",
        "data lacks 1 of the images named, such as zebra",
    ),
    "a list of ids that is not there": (
        nothing,
        "evaluate data --ids gone.txt",
        "gone.txt",
    ),
    "groups without columns": (
        file("groups.csv", b"a,b\n1,2\n"),
        "evaluate data --groups groups.csv",
        "groups.csv must have the columns id and group",
    ),
    "a report below a file": (
        tiff(FLAT),
        "evaluate data -o in.tif/report",
        "in.tif",
    ),
    "a model to show": (nothing, "models show unknown", "there is no model unknown"),
    "a model to remove": (
        nothing,
        "models remove unknown",
        "unknown is not among the models in",
    ),
    "a bundled model to remove": (
        nothing,
        f"models remove {DEFAULT_MODEL}",
        "came with the package and cannot be removed",
    ),
    "nothing to import": (nothing, "models import gone", "gone: there is no such file"),
    "a file to import": (
        tiff(FLAT),
        "models import in.tif",
        "in.tif is neither a model",
    ),
    "no zip to import": (
        file("net.keras", b"hello"),
        "models import net.keras",
        "net.keras is not a .keras file (a zip made by model.save)",
    ),
    "a place for an export that is taken": (
        tiff(FLAT),
        f"models export {DEFAULT_MODEL} in.tif",
        "in.tif exists already; choose another place",
    ),
}


@pytest.mark.parametrize(("prepare", "words", "message"), BAD.values(), ids=BAD)
def test_a_users_error_is_one_line_and_nothing_is_written(
    run: CommandLine,
    data: Path,
    tmp_path: Path,
    prepare: Callable[[Path], None],
    words: str,
    message: str,
) -> None:
    prepare(tmp_path)
    before = files_in(tmp_path)
    code, _, err = run(*words.split())
    assert code == 1
    assert message in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert files_in(tmp_path) == before


def test_an_error_is_raised_whole_for_who_looks_for_bugs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NAPARI_NUCLEI_DEBUG", "1")
    with pytest.raises(FileNotFoundError, match="there is no model unknown"):
        main(["models", "show", "unknown"])


def test_an_interrupt_ends_with_a_line(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "run_models_list", interrupt)
    code, _, err = run("models", "list")
    assert (code, err) == (130, "napari-nuclei: stopped\n")


def test_progress_is_drawn_on_a_terminal_and_nowhere_else(
    run: CommandLine, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("segment", data / "images", "-o")
    assert run(*words, "quiet")[2] == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    code, _, err = run(*words, "out")
    assert code == 0
    assert "step" in err


@pytest.mark.parametrize("output", ["out.zarr", "out"])
def test_a_zarr_is_segmented_in_blocks_with_the_labels_of_its_array(
    run: CommandLine,
    scene: tuple[NDArray[Any], NDArray[Any]],
    tmp_path: Path,
    output: str,
) -> None:
    zarr.save_array(tmp_path / "big.zarr", scene[0])
    code, out, err = run(
        "segment", "big.zarr", "-o", output, "--block", "96", "--table"
    )
    assert (code, err) == (0, "")
    labels_at, table_at = (Path(line.strip()) for line in out.splitlines()[1:])
    labels = zarr.open_array(labels_at / "0", mode="r")[:]
    expected = load_segmenter().segment(scene[0])
    np.testing.assert_array_equal(labels > 0, expected > 0)
    assert f"big.zarr: {expected.max()} nuclei in " in out
    with table_at.open(newline="") as file:
        assert len(list(csv.DictReader(file))) == expected.max()
    code, _, err = run("segment", "big.zarr", "-o", output, "--block", "96")
    assert code == 1
    assert "exists; remove it or name another destination" in err


def test_a_second_run_on_a_folder_goes_on_and_joins_the_tables(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    words = ("segment", data / "images", "-o", "out", "--all-nuclei", "all.csv")
    code, first, err = run(*words)
    assert (code, err) == (0, "")
    _, second, _ = run(*words)
    assert second.count("done earlier") == 2
    with (tmp_path / "all.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert f"2 of 2 images, {len(rows)} nuclei" in first
    assert f"2 of 2 images, {len(rows)} nuclei" in second


WRONG_LARGE: dict[str, tuple[list[str], str]] = {
    "two at once": (["a.zarr", "b.zarr"], "one zarr or slide is segmented at a time"),
    "an overlay": (["a.zarr", "--overlay"], "--overlay and --all-nuclei are not for"),
    "none there": (["a.zarr"], "a.zarr: there is no such file or folder"),
}


@pytest.mark.parametrize(
    ("words", "message"), WRONG_LARGE.values(), ids=list(WRONG_LARGE)
)
def test_a_wrong_call_for_a_large_image_is_told_in_one_line(
    run: CommandLine, words: list[str], message: str
) -> None:
    code, _, err = run("segment", *words, "-o", "out")
    assert code == 1
    assert len(err.splitlines()) == 1
    assert message in err
