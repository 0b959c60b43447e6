from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nuclei import Sample, load_segmenter, train
from napari_nuclei.config import TrainConfig
from napari_nuclei.training.train_arguments import (
    ARGUMENTS,
    accept_call_forms,
    check_trained_name,
    fill_arguments,
    free_name,
)


@accept_call_forms
def called(data: Any, name: str | None = None, **options: Any) -> tuple[Any, ...]:
    return data, name, options


X, Y = np.zeros((2, 8, 8)), np.zeros((2, 8, 8), int)


def test_images_and_labels_may_be_two_arguments() -> None:
    for args, options, name in (
        ((X, Y), {}, None),
        ((X, Y, "mine"), {}, "mine"),
        ((X, Y), {"name": "mine"}, "mine"),
        (([*X], [*Y], "mine"), {}, "mine"),
        (("images", "labels", "mine"), {}, "mine"),
        ((Path("images"), Path("labels")), {}, None),
        (("images", "labels"), {"name": "mine"}, "mine"),
    ):
        data, found, _ = called(*args, **options)
        assert data[0] is args[0] and data[1] is args[1]
        assert found == name
    assert called("data", "mine")[:2] == ("data", "mine")
    assert called(X)[0] is X


def test_settings_as_second_argument_still_work() -> None:
    config = TrainConfig(epochs=3)
    with pytest.warns(DeprecationWarning, match="is now train"):
        data, name, options = called("data", config, name="mine")
    assert (data, name, options) == ("data", "mine", {"config": config})


def test_settings_replace_those_of_the_configuration() -> None:
    config = TrainConfig(epochs=3, batch=2)
    _, found, _ = fill_arguments("data", "a", config, None, {"epochs": 1})
    assert (found.epochs, found.batch) == (1, 2)
    for name, right in (("epoch", "epochs"), ("overwrit", "overwrite")):
        with pytest.raises(TypeError, match=f"no setting '{name}'; .*'{right}'"):
            fill_arguments("data", "a", None, None, {name: 1})


def test_the_arguments_are_those_of_train() -> None:
    import inspect

    names = set(inspect.signature(train).parameters)
    assert names == {*ARGUMENTS, "settings"}


def test_a_loaded_model_is_a_base() -> None:
    segmenter = load_segmenter("nuclei-fast")
    assert fill_arguments("d", "a", None, segmenter, {})[2] == "nuclei-fast"
    with pytest.raises(TypeError, match="model must be a name or a folder; got 3"):
        fill_arguments("d", "a", None, 3, {})


def test_a_name_is_made_from_the_folder_and_is_free(
    tmp_path: Path, own_models: Path
) -> None:
    assert free_name(tmp_path / "my cells!") == "my-cells"
    assert free_name([1, 2]) == "model"
    assert free_name("data/nuclei") == "nuclei-2"  # a bundled model has the name
    for name in ("cells", "cells-2"):
        (own_models / name).mkdir(parents=True)
    assert free_name(tmp_path / "cells") == "cells-3"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: train("nowhere"), OSError, "nowhere: There is no such"),
        (lambda: train("nuclei"), OSError, "nuclei: .* it is a model: give the images"),
        (lambda: train(X, Y[:1]), ValueError, "2 images and 1 label"),
        (lambda: train(X), TypeError, "Annotated images must be .* numpy.ndarray"),
        (lambda: train(X, Y, foo=3), TypeError, "train has no setting 'foo'"),
        (lambda: train(X, Y, resume=True), TypeError, "give the name of the interr"),
        (lambda: train([]), ValueError, "at least one image to train on; got none"),
    ],
)
def test_wrong_calls_have_one_clear_line(call, error, message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert Sample.__name__ == "Sample"


def test_a_taken_name_is_free_if_its_model_may_be_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(tmp_path))
    (tmp_path / "mine").mkdir()
    with pytest.raises(FileExistsError, match="replace it with --overwrite"):
        check_trained_name("mine", overwrite=False)
    check_trained_name("mine", overwrite=True)
