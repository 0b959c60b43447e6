from __future__ import annotations

import keras
import pytest

from napari_nuclei.model import keras_names
from napari_nuclei.model.keras_names import CLASSES, CODE_LAYERS, FUNCTIONS, MODULES

PARTS = {
    "MODELS": keras,
    "LAYERS": keras.layers,
    "INITIALIZERS": keras.initializers,
    "LOSSES": keras.losses,
    "METRICS": keras.metrics,
}


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (module, name)
        for part, module in PARTS.items()
        for name in getattr(keras_names, part).split()
        if name not in ("Functional", "IdentityInitializer", "OrthogonalInitializer")
    ],
)
def test_every_listed_class_is_a_class_of_keras(module: object, name: str) -> None:
    assert isinstance(getattr(module, name), type)


def test_no_class_with_code_is_listed() -> None:
    assert not CLASSES & CODE_LAYERS
    assert not {name for name in CLASSES | FUNCTIONS if not name.isidentifier()}


@pytest.mark.parametrize(
    "layer",
    ["TextVectorization", "StringLookup", "Hashing", "Pipeline", "Wrapper", "RNN"],
)
def test_layers_with_files_or_other_objects_are_not_listed(layer: str) -> None:
    assert layer not in CLASSES


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("keras", True),
        ("keras.layers", True),
        ("keras.src.ops.nn", True),
        ("keras.layers.Lambda", False),
        ("keras.utils", False),
        ("keras.src.saving", False),
        ("keras_hub.layers", False),
        ("keras.layers.", False),
        ("os", False),
    ],
)
def test_only_modules_of_layers_and_functions_are_accepted(
    module: str, expected: bool
) -> None:
    assert bool(MODULES.fullmatch(module)) == expected
