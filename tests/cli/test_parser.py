from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from napari_nuclei.cli.command_parser import CommandParser
from napari_nuclei.cli.options import add_options, option_name
from napari_nuclei.cli.parser import make_parser
from napari_nuclei.config import AugmentConfig, ModelConfig, TrainConfig
from napari_nuclei.config.fields import RENAMED

EXPERIMENTS = Path(__file__).parents[2] / "docs" / "experiments"
COMMANDS = {
    *("demo", "run", "segment", "measure", "track", "train", "evaluate", "models"),
    *("report", "doctor"),
}


def test_the_help_lists_every_command() -> None:
    text = make_parser().format_help()
    listed = text.partition("Commands:")[2].partition("Options:")[0].splitlines()
    assert {line.split()[0] for line in listed[2:] if line.strip()} == COMMANDS


OLD_OPTIONS = {
    "train d --name n --norms keep": "--norms is now --batch-norm",
    "train d --name n --blend .5": "--blend is now --finetuned-weight",
    "train d --name n --gap-weight 5": "--gap-weight is now --border-weight",
    "train d --name n --teacher t": "--teacher is now --distill-from",
    "train d --name n --brown .4": "--brown is now --dab",
    "train d --name n --finest 1": "--finest is now --output-stride",
    "train d --name n --no-branch": "--no-branch is now --no-offset-branch",
    "train d --name n --branch": "--branch is now --offset-branch",
    "segment a.tif -o out --min-score .5": "--min-score is now --min-confidence",
    "train d --name n --unpainted unknown": "--unpainted unknown is now --unpainted "
    "ignore",
    "train d --name n --unpainted=unknown": "--unpainted unknown is now --unpainted "
    "ignore",
    "evaluate data --min-score=.5": "--min-score is now --min-confidence",
}


@pytest.mark.parametrize(("words", "line"), OLD_OPTIONS.items(), ids=OLD_OPTIONS)
def test_an_old_option_sets_the_same_setting_as_the_new_one(
    words: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def parse(text: str) -> argparse.Namespace:
        return make_parser().parse_args(text.split())

    old, _, new = line.partition(" is now ")
    expected = parse(words.replace("=", " ").replace(old, new))
    assert capsys.readouterr().err == ""
    assert parse(words) == expected
    assert capsys.readouterr().err == f"napari-nuclei: {line}\n"


@pytest.mark.parametrize("config", [TrainConfig, ModelConfig, AugmentConfig])
def test_every_renamed_setting_has_an_old_option(config: type) -> None:
    parser = CommandParser(prog="p", groups=("Options",))
    add_options(parser, config, "Options")
    for old, new in RENAMED[config.__name__].items():
        option = "--" + old.replace("_", "-")
        assert parser.renamed[option] == option_name(new)


@pytest.mark.skipif(not EXPERIMENTS.is_dir(), reason="this checkout has no docs")
def test_the_argument_files_of_the_experiments_are_understood() -> None:
    files = sorted(EXPERIMENTS.glob("*.args"))
    assert files
    for file in files:
        words = ["train", "data", f"@{file}", "--name", "row"]
        if file.name == "common.args":  # it names the data itself
            words.remove("data")
        assert make_parser().parse_args(words).name == "row"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("napari-nuclei segm", ["segment"]),
        ("napari-nuclei models ex", ["export"]),
        ("napari-nuclei segment --over", ["--overlay", "--overlap"]),
        ("napari-nuclei segment --engine k", ["keras"]),
    ],
)
def test_the_shell_completes_words(
    line: str, expected: list[str], tmp_path: Path
) -> None:
    answer = tmp_path / "answer"
    settings = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        "_ARGCOMPLETE_IFS": "\n",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }
    subprocess.run(
        [sys.executable, "-m", "napari_nuclei.cli"], env=os.environ | settings
    )
    assert [word.strip() for word in answer.read_text().split("\n")] == expected
