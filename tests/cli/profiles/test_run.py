from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from napari_nuclei.cli.parser import make_parser
from napari_nuclei.cli.profiles.profile_file import read_profile
from napari_nuclei.cli.profiles.run import arguments_of_profile

CommandLine = Callable[..., tuple[int, str, str]]

OPTIONS = (
    *("--diameter", "14", "--no-correct", "--drop-border", "--ring", "1px:3px"),
    *("--image", "again=data/images", "--threshold", "again_mean=20"),
    *("--properties", "area", "again_mean", "--format", "labels", "csv"),
)


def test_a_profile_repeats_a_run_to_the_bit(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    images = "data/images"
    code, out, _ = run(
        "segment", images, "-o", "a", *OPTIONS, "--save-profile", "p.toml"
    )
    assert code == 0 and "Settings saved: p.toml" in out
    assert "output" not in read_profile(tmp_path / "p.toml")
    code, _, err = run("run", "p.toml", images, "-o", "b")
    assert (code, err) == (0, "")
    names = {path.name for path in (tmp_path / "a").iterdir()} - {
        "results.csv",
        "results.json",
    }
    assert len(names) == 5
    for name in names:
        first, again = (tmp_path / folder / name for folder in "ab")
        assert first.read_bytes() == again.read_bytes(), name
    # The settings are the same, so the profile continues the run of the options.
    _, out, _ = run("run", "p.toml", images, "-o", "a")
    assert out.count("done earlier") == 2


def test_options_replace_the_settings_of_the_profile(tmp_path: Path) -> None:
    profile = tmp_path / "p.toml"
    profile.write_text('format = ["labels", "csv"]\ndiameter = "9um"\ntrack = true\n')
    words = ["run", str(profile), "a.tif", "--format", "overlay", "-o", "x", "b.tif"]
    args = arguments_of_profile(make_parser().parse_args([*words, "--no-track"]))
    assert args.formats == ["overlay"]
    assert (args.diameter, args.track, args.output) == ("9um", False, Path("x"))
    assert args.inputs == ["a.tif", "b.tif"]


def test_a_wrong_profile_is_one_line_and_writes_nothing(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "p.toml").write_text("diamter = 9\n")
    code, out, err = run("run", "p.toml", "data/images", "-o", "out")
    assert (code, out) == (1, "")
    assert err == (
        "napari-nuclei: p.toml: there is no setting diamter; did you mean diameter?\n"
    )
    assert not (tmp_path / "out").exists()
    code, _, err = run("run", "missing.toml", "data/images")
    assert code == 1 and err.count("\n") == 1 and "missing.toml" in err


def test_a_profile_that_is_not_toml_is_not_saved(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    code, _, err = run(
        *("segment", "data/images", "-o", "out", "--save-profile", "p.yaml")
    )
    assert code == 1 and "A profile is a .toml file; got p.yaml" in err
    assert not (tmp_path / "out").exists()


def test_an_argument_file_still_works(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "args.txt").write_text("--diameter 14 # of most\n")
    code, _, _ = run(
        *("segment", "data/images/a.tif", "@args.txt", "-o", "out"),
        *("--save-profile", "p.toml"),
    )
    assert code == 0
    assert read_profile(tmp_path / "p.toml") == {"diameter": 14}
