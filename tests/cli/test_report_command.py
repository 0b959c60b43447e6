from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import tifffile

from napari_nuclei.core.synthetic import synthetic_nuclei

CommandLine = Callable[..., tuple[int, str, str]]


def write_wells(folder: Path) -> None:
    """Write the same synthetic image for two wells."""
    image, _ = synthetic_nuclei((96, 96), seed=2)
    folder.mkdir()
    for name in ("A01", "A02"):
        tifffile.imwrite(folder / f"{name}.tif", image)


def test_the_command_reports_what_segment_wrote(
    run: CommandLine, tmp_path: Path
) -> None:
    write_wells(tmp_path / "in")
    assert run("segment", "in", "-o", "out", "--table", "--diameter", "18")[0] == 0
    (tmp_path / "c.csv").write_text("well,condition\nA1,drug\nA2,DMSO\n")
    controls = ("--positive", "drug", "--negative", "DMSO")
    found = run("report", "out", "--conditions", "c.csv", *controls, "-o", "r.html")
    assert found == (0, "Report: r.html\n", "")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.count("data:image/webp") == 2
    assert "napari-nuclei segment in -o out --table --diameter 18" in page
    assert "with diameter 18." in page
    assert "<h1>in</h1>" in page and "not computed" in page


def test_what_fits_no_image_is_said_by_the_command_too(
    run: CommandLine, tmp_path: Path
) -> None:
    write_wells(tmp_path / "in")
    assert run("segment", "in", "-o", "out", "--diameter", "18")[0] == 0
    (tmp_path / "c.csv").write_text("well,condition\nA1,drug\nB7,DMSO\n")
    (tmp_path / "t.csv").write_text("label,area\n1,20\n")
    code, out, err = run(
        *("report", "out", "--conditions", "c.csv", "--table", "t.csv", "-o", "r.html")
    )
    assert (code, out) == (0, "Report: r.html\n")
    assert [line.partition(". ")[0] for line in err.splitlines()] == [
        "napari-nuclei: 1 of 2 rows of c.csv fit no image: B07",
        "napari-nuclei: 1 of 2 images have no condition in c.csv",
        "napari-nuclei: t.csv could not be read, so that values of nuclei are missing "
        "(t.csv has no column file",
    ]
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "1 of 2 rows of c.csv fit no image" in page
    (tmp_path / "t.csv").write_text("file,label,area\nother/A09.tif,1,20\n")
    err = run("report", "out", "--table", "t.csv", "-o", "r.html")[2]
    assert err == (
        "napari-nuclei: t.csv has nuclei of 1 image not among the results: "
        "other/A09.tif\n"
    )


def test_flagged_images_are_left_out_on_demand(
    run: CommandLine, tmp_path: Path
) -> None:
    write_wells(tmp_path / "in")
    assert run("segment", "in", "-o", "out", "--diameter", "18")[0] == 0
    err = run("report", "out", "--leave-out", "out of focus", "empty")[2]
    assert err == (
        "napari-nuclei: 0 of 2 images have the flag out of focus or empty and are left "
        "out of the plate, the distributions and the controls\n"
    )


def test_mistakes_are_one_line(run: CommandLine, tmp_path: Path) -> None:
    code, out, err = run("report", "out")
    assert (code, out) == (1, "")
    assert err == "napari-nuclei: out: there is no such folder of results\n"
    code, _, err = run("report", "out", "--positive", "drug")
    assert (code, err) == (
        1,
        "napari-nuclei: Name both controls: --positive and --negative\n",
    )
