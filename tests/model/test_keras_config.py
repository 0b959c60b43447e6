from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.model import keras_config
from napari_nuclei.model.keras_config import check_config, check_safe
from napari_nuclei.model.store import BUNDLED

CUSTOM = "has the custom object .*, which is not loaded"
NOT_LISTED = "of Keras, which is not on the list"

LAYER = {"class_name": "ReLU", "module": "keras.layers", "config": {"name": "relu"}}


def function(name: Any, module: Any = "builtins", registered: Any = None) -> dict:
    return {
        "class_name": "function",
        "config": name,
        "module": module,
        "registered_name": registered,
    }


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a dotted class": ({**LAYER, "class_name": "layers.Lambda"}, NOT_LISTED),
    "a dotted class of keras": (
        {"class_name": "layers.Lambda", "module": "keras", "config": {}},
        NOT_LISTED,
    ),
    "a module with a class": ({**LAYER, "module": "keras.layers.Lambda"}, CUSTOM),
    "a path to another package": ({**LAYER, "module": "keras..os"}, CUSTOM),
    "utilities": ({**LAYER, "module": "keras.utils"}, CUSTOM),
    "utilities of the source": (
        {**LAYER, "module": "keras.src.utils.file_utils"},
        CUSTOM,
    ),
    "another package": ({**LAYER, "module": "os"}, CUSTOM),
    "a likely package": ({**LAYER, "module": "keras_evil.layers"}, CUSTOM),
    "a module of another type": ({**LAYER, "module": ["keras"]}, CUSTOM),
    "a registered name": ({**LAYER, "registered_name": "own>ReLU"}, CUSTOM),
    "the name of another class": ({**LAYER, "registered_name": "Lambda"}, CUSTOM),
    "no name": ({"module": "keras.layers", "config": {}}, CUSTOM),
    "a name of another type": ({**LAYER, "class_name": {}}, CUSTOM),
    "a download": (function("get_file", "keras.utils"), CUSTOM),
    "a download by its name": (function("keras.utils.get_file"), NOT_LISTED),
    "a loader": (function("load_model", "keras.models"), NOT_LISTED),
    "a switch": (function("enable_unsafe_deserialization", "keras.config"), CUSTOM),
    "a function of Python": (function("eval"), NOT_LISTED),
    "a function by its registered name": (
        function("relu", "keras.activations", "keras.utils.get_file"),
        CUSTOM,
    ),
    "code": (function({"code": "x"}), CUSTOM),
    "a SavedModel": ({**LAYER, "class_name": "TFSMLayer"}, "runs custom code"),
    "a Python lambda": (
        {"class_name": "__lambda__", "config": {"value": "x"}},
        "runs custom code",
    ),
    "a type of TensorFlow": (
        {"class_name": "__typespec__", "module": "x", "config": []},
        CUSTOM,
    ),
    "a table from a file": ({**LAYER, "class_name": "StringLookup"}, NOT_LISTED),
    "an array of long text": (
        {"class_name": "__numpy__", "config": {"value": ["a"], "dtype": "U999999999"}},
        "has an array of 'U999999999'",
    ),
}

PLACES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "outermost": lambda item: item,
    "in a layer": lambda item: {**LAYER, "config": {"activation": item}},
    "in a list of layers": lambda item: {**LAYER, "config": {"layers": [LAYER, item]}},
    "in a call": lambda item: {**LAYER, "inbound_nodes": [{"kwargs": {"x": [item]}}]},
    "in the loss of a layer": lambda item: {
        **LAYER,
        "config": {"layers": [{**LAYER, "compile_config": {"loss": item}}]},
    },
    "in an initializer": lambda item: {
        **LAYER,
        "config": {
            "kernel_initializer": {
                "class_name": "Constant",
                "module": "keras.initializers",
                "config": {"value": item},
            }
        },
    },
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize(("item", "message"), REFUSED.values(), ids=REFUSED)
def test_an_object_that_is_not_listed_is_refused_wherever_it_is(
    item: dict[str, Any], message: str, place: Callable[[dict[str, Any]], Any]
) -> None:
    with pytest.raises(ValueError, match=message):
        check_config(place(item))


@pytest.mark.parametrize(
    "item",
    [
        LAYER,
        {**LAYER, "module": "keras.src.layers.activations.relu"},
        {**LAYER, "registered_name": "ReLU"},
        function("relu"),
        function("relu", "keras.activations", "relu"),
        {"class_name": "__numpy__", "config": {"value": [1], "dtype": "float32"}},
        {"class_name": "__slice__", "config": {"start": 1, "stop": None, "step": None}},
    ],
    ids=str,
)
def test_usual_objects_are_accepted(item: dict[str, Any]) -> None:
    for place in PLACES.values():
        check_config(place(item))


def test_the_loss_of_the_whole_model_is_not_loaded_and_may_be_anything() -> None:
    check_config({**LAYER, "compile_config": {"loss": function("my_loss", "mine")}})


@pytest.mark.parametrize("name", ["nuclei", "nuclei-fast"])
def test_the_bundled_networks_are_accepted(name: str) -> None:
    check_safe(BUNDLED / name / "model.keras")


def archive(path: Path, members: dict[str, bytes], compression: int = 8) -> Path:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


BOMBS: dict[str, tuple[dict[str, bytes], str]] = {
    "a long configuration": (
        {"config.json": bytes(9 << 20)},
        "has a file 'config.json' of 9 MiB inside, over 8 MiB",
    ),
    "a configuration that grows": (
        {"config.json": b" " * (5 << 20) + b"{}"},
        "'config.json' inside that grows more than 200 times",
    ),
    "weights that grow": (
        {"config.json": b"{}", "model.weights.h5": bytes(64 << 20)},
        r"'model\.weights\.h5' inside that grows more than 200 times",
    ),
    "another large file": (
        {"config.json": b"{}", "assets/x": bytes(9 << 20)},
        "'assets/x' of 9 MiB inside",
    ),
    "many files": (
        {"config.json": b"{}", **{f"f{i}": b"" for i in range(1001)}},
        "has 1002 files inside",
    ),
    "deep lists": ({"config.json": nested(100)}, "is nested too deeply"),
    "very deep lists": ({"config.json": nested(100_000)}, "is nested too deeply"),
    "many objects": (
        {
            "config.json": b"["
            + b",".join(b'{"class_name":"ReLU","config":%d}' % i for i in range(50_001))
            + b"]"
        },
        "has over 50000 objects",
    ),
}


@pytest.mark.parametrize(("members", "message"), BOMBS.values(), ids=BOMBS)
def test_a_file_that_is_too_large_inside_is_refused_at_once(
    tmp_path: Path, members: dict[str, bytes], message: str
) -> None:
    path = archive(tmp_path / "net.keras", members)
    started = time.monotonic()
    with pytest.raises(ValueError, match=message) as error:
        check_safe(path)
    assert time.monotonic() - started < 5
    assert str(error.value).startswith(str(path))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_configurations_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "net.keras", {"config.json": json.dumps(LAYER).encode()})
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("config.json", json.dumps(function("eval")))
    with pytest.raises(ValueError, match="or two of the same name"):
        check_safe(path)


def test_large_weights_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras_config, "MAX_WEIGHTS_BYTES", 1 << 20)
    members = {"config.json": b"{}", "model.weights.h5": bytes(2 << 20)}
    with pytest.raises(ValueError, match=r"'model.weights.h5' of 2 MiB inside"):
        check_safe(archive(tmp_path / "net.keras", members, zipfile.ZIP_STORED))


def test_another_path_can_be_shown(tmp_path: Path) -> None:
    path = archive(tmp_path / "copy.keras", {"a": b""})
    with pytest.raises(ValueError, match=r"^original\.keras is a zip but not"):
        check_safe(path, Path("original.keras"))
