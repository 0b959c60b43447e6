from __future__ import annotations

import json
import warnings
from dataclasses import fields
from typing import Any

import pytest

from napari_nuclei.core.card import FORMAT, ModelCard
from napari_nuclei.core.confidence import ConfidenceCurve

FULL = ModelCard(
    "full",
    version="3",
    description="All fields differ from their defaults.",
    channels=("foreground",),
    inputs=1,
    patch_size=64,
    any_size=False,
    diameter=31.5,
    usual_diameter=44.0,
    probability=0.4,
    splitting=0.3,
    min_size=5.0,
    min_confidence=0.7,
    confidence={"grey": ConfidenceCurve(-1.5, 2.0, -0.5, 1.25)},
    noise_confidence=0.9,
    licence="CC0-1.0",
    training={"images": 3},
    metrics={"pooled": {"ap_50": 0.5}},
    sha256={"model.keras": "00"},
)


@pytest.mark.parametrize("card", [ModelCard("plain"), FULL], ids=lambda card: card.name)
def test_a_card_is_the_same_after_json(card: ModelCard) -> None:
    assert ModelCard.from_dict(json.loads(json.dumps(card.as_dict()))) == card


def test_the_full_card_leaves_no_field_untested() -> None:
    plain = ModelCard("plain")
    for item in fields(ModelCard):
        assert getattr(FULL, item.name) != getattr(plain, item.name)


def test_a_card_of_an_earlier_version_is_read_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        card = ModelCard.from_dict({"format": 1, "name": "old", "min_score": 0.45})
    assert card == ModelCard("old", min_confidence=0.45)


def test_the_old_name_of_a_field_works_with_one_warning() -> None:
    with pytest.warns(DeprecationWarning, match="min_score is now min_confidence"):
        card = ModelCard("old", min_score=0.45)  # type: ignore[call-arg]
    assert card.min_confidence == 0.45


def test_fields_of_a_later_version_are_ignored() -> None:
    assert ModelCard.from_dict({"name": "new", "colour": "red"}) == ModelCard("new")


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"inner": [value]}
    return value


BAD: dict[str, tuple[Any, str]] = {
    "no name": ({}, "a model card must name its model"),
    "a list": ([], "a model card must name its model"),
    "name of no text": ({"name": 7}, "name of a model card must be text; got 7"),
    "later format": (
        {"name": "a", "format": FORMAT + 1},
        rf"format {FORMAT + 1}, newer than {FORMAT}; update napari-nuclei",
    ),
    "a score of no number": (
        {"name": "a", "min_confidence": "high"},
        "min_confidence of a model card must be a number; got 'high'",
    ),
    "no channels": ({"name": "a", "channels": []}, r"begin with foreground; got \(\)"),
    "other channels": (
        {"name": "a", "channels": ["distance"]},
        r"begin with foreground; got \('distance',\)",
    ),
    "two inputs": ({"name": "a", "inputs": 2}, "inputs of a model card must be 1 or 3"),
    "no diameter": ({"name": "a", "diameter": 0}, "diameter .* above 0; got 0"),
    "no usual diameter": (
        {"name": "a", "usual_diameter": 0.0},
        "usual_diameter .* above 0; got 0",
    ),
    "usual diameter a word": (
        {"name": "a", "usual_diameter": "large"},
        "usual_diameter .* must be a number; got 'large'",
    ),
    "diameter NaN": (
        {"name": "a", "diameter": float("nan")},
        "diameter of a model card must be a usual number",
    ),
    "a huge diameter": (
        {"name": "a", "diameter": 10**400},
        "diameter of a model card must be a usual number",
    ),
    "an infinite size": (
        {"name": "a", "min_size": float("inf")},
        "min_size of a model card must be a usual number",
    ),
    "half a pixel": (
        {"name": "a", "patch_size": 64.5},
        "patch_size .* whole number, .* got 64.5",
    ),
    "huge patches": ({"name": "a", "patch_size": 10**6}, "patch_size .* at most 4096"),
    "a truth value as inputs": ({"name": "a", "inputs": True}, "inputs .* 1 or 3"),
    "a word as truth value": ({"name": "a", "any_size": "no"}, "any_size .* or false"),
    "a list as text": ({"name": "a", "description": []}, "description .* must be text"),
    "a long text": (
        {"name": "a", "licence": "x" * 10_001},
        "licence .* at most 10000 characters; got 10001",
    ),
    "text as channels": ({"name": "a", "channels": "foreground"}, "list of names"),
    "numbers as channels": (
        {"name": "a", "channels": ["foreground", 7]},
        "channels .* must be at most 64 names",
    ),
    "a list as training": ({"name": "a", "training": []}, "training .* an object"),
    "text as metrics": ({"name": "a", "metrics": "good"}, "metrics .* an object"),
    "a list as scores": ({"name": "a", "metrics": {"pooled": []}}, "pooled metrics"),
    "a text as score": (
        {"name": "a", "metrics": {"pooled": {"ap_50": "x"}}},
        "ap_50 of a model card must be a number",
    ),
    "a number as hash": ({"name": "a", "sha256": {"model.keras": 7}}, "text only"),
    "noise a word": ({"name": "a", "noise_confidence": "high"}, "must be a number"),
    "a curve of no numbers": (
        {"name": "a", "confidence": {"grey": {"intercept": "x", "slope": 1}}},
        "intercept of a confidence curve must be a number; got 'x'",
    ),
    "a curve without slope": (
        {"name": "a", "confidence": {"grey": {"intercept": 1}}},
        "confidence .* needs intercept and slope",
    ),
    "a curve for another kind": (
        {"name": "a", "confidence": {"x-ray": {"intercept": 1, "slope": 1}}},
        "confidence .* for grey or colour; got 'x-ray'",
    ),
    "a list as curves": ({"name": "a", "confidence": [1]}, "confidence .* an object"),
    "a deep card": ({"name": "a", "training": nested(40)}, "nested that deeply"),
}


@pytest.mark.parametrize(("values", "message"), BAD.values(), ids=BAD)
def test_an_invalid_card_is_refused(values: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ModelCard.from_dict(values)
