from __future__ import annotations

import inspect
import json
import pickle
import re
import warnings
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nuclei.config import (
    AugmentConfig,
    MeasureConfig,
    ModelConfig,
    SegmentConfig,
    TrainConfig,
)
from napari_nuclei.config.fields import (
    RENAMED,
    RENAMED_VALUES,
    rename_old_keys,
    update_names,
)
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.model.store import BUNDLED

CONFIGS = [SegmentConfig, ModelConfig, AugmentConfig, TrainConfig]

OLD_SETTINGS = Path(__file__).with_name("settings_of_version_1.json")
"""Settings on the card of version 1 of the model nuclei."""


@pytest.mark.parametrize("config", CONFIGS)
def test_defaults_are_within_their_own_limits(config: type) -> None:
    config()


@pytest.mark.parametrize("config", CONFIGS)
def test_limits_themselves_are_allowed(config: type) -> None:
    for item in fields(config):
        for limit in ("ge", "le"):
            value = item.metadata.get(limit)
            if value is None or item.name in ("tile", "overlap"):
                continue
            config(**{item.name: value})


@pytest.mark.parametrize("config", CONFIGS)
def test_every_option_states_its_help(config: type) -> None:
    for item in fields(config):
        if item.metadata:
            assert item.metadata["help"]


def described_fields(config: type) -> dict[str, tuple[str, str]]:
    """Return type and text of each field in the docstring of a class of settings."""
    docstring = inspect.getdoc(config) or ""
    section = docstring.partition("Attributes\n----------\n")[2].partition("\n\n")[0]
    described = {}
    for entry in re.split(r"\n(?=\w)", section):
        heading, _, text = entry.partition("\n")
        names, _, stated_type = heading.partition(" : ")
        for name in names.split(", "):
            described[name] = stated_type, text
    return described


@pytest.mark.parametrize("config", [*CONFIGS, MeasureConfig])
def test_the_docstring_describes_every_field_as_its_help_does(config: type) -> None:
    described = described_fields(config)
    assert list(described) == [item.name for item in fields(config)]
    for item in fields(config):
        if not item.metadata:
            continue
        stated_type, text = described[item.name]
        assert ("optional" in stated_type) == ("None" in str(item.type)), item.name
        numbers = set(re.findall(r"\d+(?:\.\d+)?", item.metadata["help"]))
        assert numbers <= set(re.findall(r"\d+(?:\.\d+)?", text)), item.name
        for choice in item.metadata["choices"] or ():
            assert f'"{choice}"' in text, item.name


MISSPELT = [
    (SegmentConfig, "probabilty", "did you mean 'probability'?"),
    (SegmentConfig, "Splitting", "did you mean 'splitting'?"),
    (TrainConfig, "epoch", "did you mean 'epochs'?"),
    (TrainConfig, "learning_rat", "did you mean 'learning_rate'?"),
    (AugmentConfig, "rotat", "did you mean 'rotate'?"),
    (ModelConfig, "encoder_weight", "did you mean 'encoder_weights'?"),
    (ModelConfig, "zzz", "choose from alpha, decoder, stem, output_stride"),
]


@pytest.mark.parametrize(("config", "name", "hint"), MISSPELT)
def test_a_misspelt_setting_gets_the_nearest_right_name(
    config: type[Any], name: str, hint: str
) -> None:
    for build in (config, lambda **given: replace(config(), **given)):
        with pytest.raises(TypeError) as error:
            build(**{name: 1})
        message = str(error.value)
        assert message.startswith(f"{config.__name__} has no setting {name!r}; {hint}")
        assert "\n" not in message


def test_a_misspelt_setting_of_a_segmentation_gets_the_nearest_right_name() -> None:
    segmenter = Segmenter(lambda tiles: tiles[..., :2], ModelCard("any"))
    with pytest.raises(TypeError, match="did you mean 'probability'"):
        segmenter.segment(np.eye(40), probabilty=0.4)


@pytest.mark.parametrize("config", CONFIGS)
def test_settings_keep_their_signature_and_stay_frozen(config: type[Any]) -> None:
    names = [item.name for item in fields(config)]
    assert list(inspect.signature(config).parameters) == names
    settings = config()
    with pytest.raises(FrozenInstanceError):
        setattr(settings, names[0], None)
    assert not hasattr(settings, "__dict__")
    assert replace(settings) == settings == pickle.loads(pickle.dumps(settings))


OLD = [
    (SegmentConfig, {"min_score": 0.5}, {"min_confidence": 0.5}),
    (TrainConfig, {"norms": "keep"}, {"batch_norm": "keep"}),
    (TrainConfig, {"blend": 0.5}, {"finetuned_weight": 0.5}),
    (TrainConfig, {"gap_weight": 2.0}, {"border_weight": 2.0}),
    (TrainConfig, {"teacher": "nuclei"}, {"distill_from": "nuclei"}),
    (TrainConfig, {"unpainted": "unknown"}, {"unpainted": "ignore"}),
    (AugmentConfig, {"brown": 0.3}, {"dab": 0.3}),
    (ModelConfig, {"branch": False}, {"offset_branch": False}),
    (ModelConfig, {"finest": 1}, {"output_stride": 1}),
]


@pytest.mark.parametrize(("config", "old", "new"), OLD)
def test_an_old_name_works_with_one_warning(
    config: type[Any], old: dict[str, Any], new: dict[str, Any]
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert config(**old) == config(**new)
        assert rename_old_keys(config, old) == new
    assert [item.category for item in caught] == [DeprecationWarning] * 2
    assert all(item.filename == __file__ for item in caught)
    assert all(str(next(iter(new))) in str(item.message) for item in caught)


def test_every_current_name_is_a_field() -> None:
    for config in CONFIGS:
        names = {item.name: item for item in fields(config)}
        for old, new in RENAMED.get(config.__name__, {}).items():
            assert new in names
            assert old not in names
        for name, values in RENAMED_VALUES.get(config.__name__, {}).items():
            assert set(values.values()) <= set(names[name].metadata["choices"])


@pytest.mark.parametrize(("config", "old", "new"), [*OLD[:5], *OLD[6:]])
def test_an_attribute_can_be_read_under_its_old_name(
    config: type[Any], old: dict[str, Any], new: dict[str, Any]
) -> None:
    ((old_name, value),) = old.items()
    with pytest.warns(DeprecationWarning, match=f"{old_name} is now {next(iter(new))}"):
        assert getattr(config(**new), old_name) == value
    with pytest.raises(AttributeError, match=f"{config.__name__}.* 'nothing'"):
        _ = config().nothing


def test_saved_settings_get_their_current_names_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert update_names(SegmentConfig, {"min_score": 0.5, "tile": 64}) == {
            "min_confidence": 0.5,
            "tile": 64,
        }
        both = {"min_score": 0.5, "min_confidence": 0.2}
        assert update_names(SegmentConfig, both) == {"min_confidence": 0.2}


def test_a_segmentation_takes_a_setting_under_its_old_name() -> None:
    segmenter = Segmenter(lambda tiles: tiles[..., :2], ModelCard("any"))
    with pytest.warns(DeprecationWarning, match="min_score is now min_confidence"):
        segmenter.segment(np.eye(40), min_score=0.4)
    with pytest.raises(TypeError, match="both min_confidence and its old name"):
        segmenter.segment(np.eye(40), min_score=0.4, min_confidence=0.5)


@pytest.mark.parametrize(("config", "old", "new"), OLD)
def test_settings_are_replaced_under_old_names(
    config: type[Any], old: dict[str, Any], new: dict[str, Any]
) -> None:
    with pytest.warns(DeprecationWarning, match=next(iter(new))):
        assert replace(config(), **old) == config(**new)


def test_current_names_give_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = {"batch_norm": "keep", "unpainted": "background"}
        assert rename_old_keys(TrainConfig, values) == values


def test_an_old_and_its_current_name_together_are_refused() -> None:
    with pytest.raises(
        TypeError, match=r"both finetuned_weight and its old name blend"
    ):
        TrainConfig(blend=0.5, finetuned_weight=0.2)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", ["nuclei", "nuclei-fast"])
def test_the_settings_in_a_bundled_card_are_accepted(name: str) -> None:
    values = json.loads((BUNDLED / name / "card.json").read_text(encoding="utf-8"))
    config = TrainConfig.from_dict(ModelCard.from_dict(values).training["settings"])
    assert config.augment.stain > 0
    assert TrainConfig.from_dict(config.as_dict()) == config


def test_the_settings_in_a_card_of_an_earlier_version_are_accepted() -> None:
    settings = json.loads(OLD_SETTINGS.read_text(encoding="utf-8"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        config = TrainConfig.from_dict(settings)
    (warning,) = caught
    for change in ("norms is now batch_norm", "brown is now dab"):
        assert change in str(warning.message)
    assert config.border_weight == settings["gap_weight"]
    assert config.distill_from == settings["teacher"]
    assert config.model.offset_branch == settings["model"]["branch"]
    assert config.augment.dab == settings["augment"]["brown"]
    assert TrainConfig.from_dict(config.as_dict()) == config
