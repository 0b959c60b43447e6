from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from napari_nuclei.scale.files.run_plan import plan_run

Folder = Callable[[str], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return a function that makes a folder with files of the given names."""

    def make(names: str) -> Path:
        for name in names.split():
            path = tmp_path / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path / "in"

    return make


def test_files_of_one_field_are_one_image(folder: Folder, tmp_path: Path) -> None:
    names = "A01_s1_w1.tif A01_s1_w2.tif A01_s2_w1.tif A01_s2_w2.tif"
    plan = plan_run([folder(names)], tmp_path / "out", channel="W2")
    assert [item.path.name for item in plan.items] == ["A01_s1_w2.tif", "A01_s2_w2.tif"]
    assert [item.stem for item in plan.items] == ["A01_s1", "A01_s2"]
    assert plan.channel == 1
    first = plan.items[0].image_set
    assert first is not None
    assert (first.steps[2], first.channel_names) == (("1", "2"), ("w1", "w2"))
    assert plan.note == (
        "Names are read as well, field, channel: A01_s2_w2.tif = well A01, field 2, "
        "channel w2. Nuclei: channel 1 (w2); tables measure w1 too"
    )


def test_without_a_pattern_each_file_is_an_image(
    folder: Folder, tmp_path: Path
) -> None:
    top = folder("A01_s1_w1.tif A01_s1_w2.tif")
    plan = plan_run([top], tmp_path / "out", "none", 0)
    assert [item.stem for item in plan.items] == ["A01_s1_w1", "A01_s1_w2"]
    assert [item.position for item in plan.items] == [None, None]
    assert (plan.channel, plan.note) == (0, "")
    plain = plan_run([folder("x/a.tif x/b.tif").joinpath("x")], None)
    assert [item.image_set for item in plain.items] == [None, None]


def test_a_channel_named_by_a_nuclear_stain_is_chosen(folder: Folder) -> None:
    top = folder("A01_1_FITC.tif A01_1_DAPI.tif B02_1_FITC.tif B02_1_DAPI.tif")
    plan = plan_run([top], None)
    assert plan.channel == 0
    assert "Nuclei: channel 0 (DAPI); tables measure FITC too" in plan.note
    assert [item.path.name for item in plan.items] == [
        "A01_1_DAPI.tif",
        "B02_1_DAPI.tif",
    ]


@pytest.mark.parametrize(
    ("names", "pattern", "channel", "message"),
    [
        (
            "A01_s1_w1.tif A01_s1_w2.tif",
            "auto",
            None,
            r"--channel: 0 \(w1\), 1 \(w2\); or take each file .* --pattern none",
        ),
        (
            "A01_s1_w1.tif A01_s1_w2.tif",
            "auto",
            2,
            r"There is no channel 2; choose from 0 \(w1\), 1 \(w2\)",
        ),
        (
            "A01_s1_w1.tif A02_s1_w1.tif",
            "auto",
            "w2",
            r"There is no channel w2; choose from 0 \(w1\)",
        ),
        ("a.tif b.tif", "auto", "w2", "channel must be red, green, blue or a whole"),
        ("A01.tif x.tif", "{well}", None, "x.tif does not fit the pattern {well}"),
        (
            "A01_1.tif A01_2.tif",
            "{well}_*",
            None,
            "A01_1.tif and A01_2.tif have the same place in one image",
        ),
    ],
)
def test_a_plan_that_is_not_clear_gets_one_line(
    folder: Folder, names: str, pattern: str, channel: int | str | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        plan_run([folder(names)], None, pattern, channel)


def test_slices_are_sorted_by_number(folder: Folder) -> None:
    top = folder("A01_z10.tif A01_z9.tif B01_z9.tif")
    plan = plan_run([top], None, "{well}_z{z}")
    sets = [item.image_set for item in plan.items]
    assert [one and one.steps[1] for one in sets] == [("9", "10"), ("9",)]
    assert [item.path.name for item in plan.items] == ["A01_z9.tif", "B01_z9.tif"]


def test_equal_names_in_two_folders_have_different_results(
    folder: Folder, tmp_path: Path
) -> None:
    top = folder("p1/A01_w1.tif p1/A01_w2.tif p2/A01_w1.tif p2/A01_w2.tif")
    plan = plan_run([top / "p1", top / "p2"], tmp_path / "out", channel=0)
    stems = [item.stem for item in plan.items]
    assert len(stems) == len(set(stems)) == 2


def test_thumbnails_are_left_out(folder: Folder) -> None:
    plan = plan_run([folder("A01_w1.tif A01_w1_thumb.tif B01_w1.tif")], None)
    assert len(plan.items) == 2
    assert plan.note.endswith(". 1 thumbnails are left out")


def test_a_scene_of_files_without_scenes_is_refused(tmp_path: Path) -> None:
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    for path in paths:
        path.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(ValueError, match=r"a\.png has no scenes to choose from"):
        plan_run(paths, tmp_path / "out", scene=1)
    assert not (tmp_path / "out").exists()
