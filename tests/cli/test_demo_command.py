from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

CommandLine = Callable[..., tuple[int, str, str]]
FilesIn = Callable[[Path], set[str]]


def test_the_demo_writes_two_images_and_their_results(
    run: CommandLine, tmp_path: Path, files_in: FilesIn
) -> None:
    code, out, err = run("demo")
    assert (code, err) == (0, "")
    assert "is a synthetic image with" in out
    assert files_in(tmp_path / "demo") == {
        f"{sample}{part}"
        for sample in ("fluorescence", "tissue")
        for part in (".tif", "_labels.tif", "_nuclei.csv", "_overlay.png")
    } | {"results.csv", "results.json"}
