from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from napari_nuclei.cli.standard_streams import NamedOutput
from napari_nuclei.core.errors import OUTPUT_NAME

needs_shell = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs /dev/full and a shell"
)


def run(words: str, redirection: str) -> subprocess.CompletedProcess[str]:
    command = f'exec "$0" -m napari_nuclei.cli {words} {redirection}'
    return subprocess.run(
        ["/bin/sh", "-c", command, sys.executable], capture_output=True, text=True
    )


@needs_shell
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_error_of_standard_output_names_it(
    monkeypatch: pytest.MonkeyPatch, unbuffered: str
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    ended = run("models list", ">/dev/full")
    assert (ended.returncode, ended.stderr) == (
        1,
        "napari-nuclei: standard output: No space left on device\n",
    )


@needs_shell
@pytest.mark.parametrize("redirection", [">&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_not_matter(redirection: str) -> None:
    ended = run("models list", redirection)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    failed = run("segment /missing.png", redirection)
    assert failed.returncode == 1
    if "2>&-" not in redirection:
        assert failed.stderr.count("\n") == 1
        assert "/missing.png: there is no such file" in failed.stderr


OPENS_A_FILE = """
import os, sys
from napari_nuclei.cli.standard_streams import open_missing_streams
open_missing_streams()
with open(sys.argv[1], "w") as file:
    assert file.fileno() > 2
    os.write(1, b"printed by a library")
    print("printed")
"""


@needs_shell
def test_a_file_does_not_get_what_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "result.csv"
    command = [
        *("/bin/sh", "-c", 'exec "$0" -c "$1" "$2" >&-'),
        *(sys.executable, OPENS_A_FILE, str(path)),
    ]
    assert subprocess.run(command).returncode == 0
    assert path.read_text() == ""


def test_other_attributes_are_those_of_the_stream(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "out.txt").open("w") as stream:
        named = NamedOutput(stream)
        print("hello", file=named, flush=True)  # type: ignore[arg-type]
        assert named.encoding == stream.encoding
        assert named.fileno() == stream.fileno()
        os.close(stream.fileno())
        with pytest.raises(OSError) as raised:
            print("again", file=named, flush=True)  # type: ignore[arg-type]
        assert raised.value.filename == OUTPUT_NAME
        os.open(os.devnull, os.O_WRONLY)  # so that the file can be closed
    assert (tmp_path / "out.txt").read_text() == "hello\n"
