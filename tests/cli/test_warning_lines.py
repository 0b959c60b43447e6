from __future__ import annotations

import subprocess
import sys
import warnings

import pytest

from napari_nuclei.cli.warning_lines import warnings_as_lines
from napari_nuclei.config.fields import rename_old_keys
from napari_nuclei.config.train_config import TrainConfig
from napari_nuclei.core.errors import ImageWarning


def test_old_names_are_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings_as_lines():
        assert rename_old_keys(TrainConfig, {"blend": 0.5}) == {"finetuned_weight": 0.5}
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "napari-nuclei: Old names of settings in TrainConfig: blend is now "
        "finetuned_weight\n"
    )


def test_python_alone_would_name_the_place_and_the_category() -> None:
    code = (
        "from contextlib import nullcontext as plain;"
        "from napari_nuclei.cli.warning_lines import warnings_as_lines as lines;"
        "from napari_nuclei.config.train_config import TrainConfig;"
        "old = TrainConfig().as_dict(); old['norms'] = old.pop('batch_norm');"
        "\nfor shown in plain, lines:\n"
        "    with shown(): TrainConfig.from_dict(old)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    text = "Old names of settings in TrainConfig: norms is now batch_norm"
    assert done.stderr.splitlines() == [
        f"<string>:3: DeprecationWarning: {text}",
        f"napari-nuclei: {text}",
    ]


def test_notes_on_images_are_lines_without_a_source_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with warnings_as_lines():
        warnings.warn("The image is noisy.", ImageWarning, stacklevel=1)
    assert capsys.readouterr().err == "napari-nuclei: The image is noisy.\n"


def test_other_warnings_are_handled_as_before() -> None:
    before = warnings.showwarning
    with pytest.warns(UserWarning, match="else"), warnings_as_lines():
        warnings.warn("something else", UserWarning, stacklevel=1)
    with pytest.raises(RuntimeWarning), warnings_as_lines():
        warnings.simplefilter("error")
        warnings.warn("an error", RuntimeWarning, stacklevel=1)
    assert warnings.showwarning is before
