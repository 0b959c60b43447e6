"""The code and the commands in the README and the pages of docs do what they say."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
import zarr
from ome_zarr.writer import write_image, write_plate_metadata, write_well_metadata

from napari_nuclei.cli import main
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.model.store import DEFAULT_MODEL

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
EXPERIMENTS = ROOT / "docs" / "experiments"
TUTORIALS = ROOT / "docs" / "tutorials"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md")), *sorted(TUTORIALS.glob("*.md"))]
NEEDED_ELSEWHERE = (
    *("slide.svs", "--scheduler", "my-", "new-", "ihc", "slides/"),
    *("--channel w1", "--pattern", ".czi", ".lif", "wells/"),
)
"""Parts of commands that need a slide, a cluster, files named by well and channel, or
of a microscope, or the data of a tutorial or of the user."""

OTHER_OPTIONS = {
    *("--deblur", "--head", "--turns", "--upsampling", "--views"),  # of experiments
    *("--logdir", "--resolution"),  # of TensorBoard and uv
}
"""Options that the package does not have."""

LINK = re.compile(r"\]\((?!https?://)([^)#]+)")


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.S | re.M)


def commands(page: Path) -> list[str]:
    """Return the commands of a page that call napari-nuclei, each on one line."""
    text = "\n".join(blocks(page, "bash")).replace("\\\n", " ")
    text = text.replace("&& ", "\n")
    return [line for line in text.splitlines() if line.startswith("napari-nuclei ")]


def inline_code(page: Path) -> list[str]:
    """Return the code that stands between words of a page."""
    text = re.sub(
        r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.S | re.M
    )
    return [code.replace("\n", " ") for code in re.findall(r"`([^`]+)`", text)]


def page_name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


PAGES_WITH_PYTHON = [page for page in PAGES if blocks(page, "python")]
OWN_TESTS = {
    *("count-nuclei.md", "ki67-index.md", "plate.md"),
    *("train-from-kaggle.md", "train-on-your-tissue.md"),
}
"""Pages whose code runs in a test of its own, in tests/integration."""

RUNS_OF_PYTHON = [
    pytest.param(
        page,
        id=page_name(page),
        marks=[pytest.mark.slow] if "train(" in "".join(blocks(page, "python")) else [],
    )
    for page in PAGES_WITH_PYTHON
    if page.name not in OWN_TESTS
]
PAGES_WITH_COMMANDS = [page for page in PAGES if commands(page)]


@pytest.fixture
def samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a folder that holds small files of the names that the pages use."""
    monkeypatch.chdir(tmp_path)
    image, labels = synthetic_nuclei((96, 96), seed=1)
    for name in ("plate", "my-data/images", "my-data/masks"):
        (tmp_path / name).mkdir(parents=True)
    tifffile.imwrite("image.tif", image)
    for name in ("a", "b"):
        tifffile.imwrite(f"plate/{name}.tif", image)
        tifffile.imwrite(f"my-data/images/{name}.tif", image)
        tifffile.imwrite(f"my-data/masks/{name}.tif", labels)
    tifffile.imwrite(
        "stack.tif",
        np.stack([np.stack([image // 3, image])] * 2),
        imagej=True,
        metadata={"axes": "TCYX", "unit": "um"},
        resolution=(2, 2),
    )
    frames = np.stack([np.roll(image, 2 * t, axis=1) for t in range(3)])
    movie = {"imagej": True, "metadata": {"axes": "TYX"}}
    tifffile.imwrite("movie.tif", frames, **movie)
    tifffile.imwrite("movie_labels.tif", (frames > 600).astype(np.uint16), **movie)
    cv2.imwrite("tissue.png", np.stack([image] * 3, axis=-1))
    write_image(
        image, zarr.open_group("big.zarr", mode="w"), axes="yx", scale_factors=[2]
    )
    write_plate(tmp_path / "plate.zarr", image)
    yield tmp_path


def write_plate(path: Path, image: np.ndarray) -> None:
    """Write an OME-Zarr plate with one well of one field."""
    plate = zarr.open_group(path, mode="w")
    write_plate_metadata(plate, ["B"], ["2"], ["B/2"])
    well = plate.require_group("B/2")
    write_well_metadata(well, ["0"])
    write_image(image, well.require_group("0"), axes="yx", scale_factors=[2])


def test_the_readme_is_short() -> None:
    assert README.stat().st_size <= 8 * 1024


def test_the_first_two_commands_run_the_main_job_and_the_tests() -> None:
    run, tests, *_ = blocks(README, "bash")
    assert "pip install ." in run and "napari-nuclei demo" in run
    assert f"<!-- test-command -->\n```bash\n{tests}```" in README.read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_and_pictures_exist(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_picture_is_shown_on_a_page() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    pictures = {path.name for path in (ROOT / "docs" / "images").iterdir()}
    assert pictures == set(re.findall(r"images/([\w-]+\.png)", text))


@pytest.mark.parametrize("page", RUNS_OF_PYTHON)
def test_python_blocks_run(page: Path, samples: Path) -> None:
    names: dict[str, object] = {}
    for block in blocks(page, "python"):
        block = block.replace("budget=60", "budget=5")
        exec(compile(block, str(page), "exec"), names)


@pytest.mark.parametrize("page", PAGES_WITH_PYTHON, ids=page_name)
def test_python_blocks_import_public_names_only(page: Path) -> None:
    assert not re.findall(r"napari_nuclei\.\w+", "".join(blocks(page, "python")))


def test_the_first_command_segments_the_samples(
    samples: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program, *arguments = shlex.split(commands(README)[0])
    assert program == "napari-nuclei"
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert re.search(
        r"fluorescence\.tif: \d+ nuclei \(probably \d+ to \d+\) in [\d.]+ s", printed
    )
    for written in re.findall(r"^  (\S+)$", printed, re.M):
        assert (samples / written).stat().st_size > 0


@pytest.mark.parametrize("page", PAGES_WITH_COMMANDS, ids=page_name)
def test_every_option_of_a_command_exists(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari_nuclei.cli.parser import make_parser

    monkeypatch.chdir(EXPERIMENTS)  # for the files of arguments
    for line in commands(page):
        line = line.replace("@ROW", "@gaps").replace(" OPTIONS", "")
        make_parser().parse_args(shlex.split(line, comments=True)[1:])


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_command_in_a_sentence_exists(page: Path) -> None:
    from napari_nuclei.cli.parser import make_parser

    for code in inline_code(page):
        program, *arguments = code.split(" ")
        if program == "napari-nuclei" and len(arguments) > 1 and "--help" not in code:
            make_parser().parse_args(arguments)


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_option_in_a_sentence_exists(page: Path) -> None:
    from napari_nuclei.cli.parser import make_parser

    named = set(re.findall(r"--[a-z][\w-]*", " ".join(inline_code(page))))
    assert named - OTHER_OPTIONS <= set(option_strings(make_parser()))


def option_strings(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the options of a parser and of its commands."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from option_strings(command)


def test_the_files_that_the_pages_name_are_written(
    samples: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run the commands that segment and list."""
    begun = ("napari-nuclei segment", "napari-nuclei models")
    lines = {line: None for page in PAGES for line in commands(page)}
    for line in lines:
        if line.startswith(begun) and not any(x in line for x in NEEDED_ELSEWHERE):
            assert main(shlex.split(line, comments=True)[1:]) == 0, line
    names = {path.name for path in (samples / "out").iterdir()}
    assert {f"a_{x}" for x in ("labels.tif", "nuclei.csv", "overlay.png")} <= names
    assert {"results.csv", "stack_labels.tif"} <= names
    assert (samples / "labels.tif").is_file()
    with tifffile.TiffFile(samples / "out" / "stack_labels.tif") as file:
        assert file.series[0].axes == "TYX"
    for labels in ("labels.zarr", "labels-0.4.zarr", "big.zarr/labels/nuclei"):
        assert (samples / labels / "0").is_dir()
    assert re.search(rf"^{DEFAULT_MODEL} +bundled", capsys.readouterr().out, re.M)
