from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.config import MeasureConfig, SegmentConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.report.provenance import (
    NOT_RECORDED,
    citation,
    describe_own_limits,
    methods_sentence,
    model_rows,
    repeat_code,
    settings_rows,
    version_rows,
)
from napari_nuclei.scale.records.run_record import make_run_record, state_command

CARD = ModelCard("mine", "3", licence="MIT", sha256={"model.tflite": "abc"})


@pytest.fixture
def record() -> dict[str, Any]:
    settings = {
        "formats": ("labels",),
        "channel": 1,
        "config": SegmentConfig(diameter=12.0),
        "measurements": MeasureConfig(images={"ki67": "k.tif"}),
    }
    return make_run_record([Path("in")], Path("out"), CARD, settings)


def test_settings_say_what_was_left_at_its_default(record: dict[str, Any]) -> None:
    rows = dict(settings_rows(record))
    assert rows["channel"] == "1"
    assert rows["diameter"] == "12.0"
    assert rows["splitting"] == "automatic (default)"
    assert rows["measure: images"] == "ki67: k.tif"


def test_a_record_of_an_earlier_version_has_the_current_names(
    record: dict[str, Any],
) -> None:
    config = record["settings"]["config"]
    del config["min_confidence"]
    config["min_score"] = 0.5
    assert dict(settings_rows(record))["min confidence"] == "0.5"
    assert "SegmentConfig(diameter=12.0, min_confidence=0.5)" in repeat_code(record)


def test_the_model_is_identified_by_hashes(record: dict[str, Any]) -> None:
    rows = dict(model_rows(record))
    assert rows["Model"] == "mine 3"
    assert rows["SHA-256 of model.tflite"] == "abc"
    assert len(rows["SHA-256 of the card"]) == 64
    digest = rows["SHA-256 of the card"][:12]
    assert methods_sentence(record).endswith(
        f"(model mine 3, model card SHA-256 {digest}), with channel 1; diameter 12.0."
    )
    assert citation(record).endswith("Model: mine 3.")
    assert dict(version_rows(record))["numpy"]


def test_a_run_is_repeated_by_its_command_or_by_code(record: dict[str, Any]) -> None:
    with state_command(["napari-nuclei", "segment", "in"]):
        typed = make_run_record(["in"], None, CARD, {})
    assert repeat_code(typed) == "napari-nuclei segment in"
    code = repeat_code(record)
    compile(code, "code", "exec")
    assert "import MeasureConfig, SegmentConfig, segment_files" in code
    assert "config=SegmentConfig(diameter=12.0)" in code
    assert "model='mine'" in code
    record["settings"]["diameter_from_first"] = True  # the settings hold its result
    assert repeat_code(record) == code
    assert dict(settings_rows(record))["diameter from first"] == "yes"


@pytest.mark.parametrize("damaged", [{}, {"model": 3, "settings": [], "packages": 1}])
def test_a_folder_without_a_record_says_so(damaged: dict[str, Any]) -> None:
    assert model_rows(damaged) == [("Model", NOT_RECORDED)]
    assert settings_rows(damaged) == [("Settings", NOT_RECORDED)]
    assert version_rows(damaged)
    assert methods_sentence(damaged) == "Nuclei were segmented with napari-nuclei."
    assert repeat_code(damaged) == ""


@pytest.mark.parametrize(
    ("limits", "warns"), [((), True), ((120.0,), False), (None, False)]
)
def test_limits_of_each_image_are_warned_of(
    limits: tuple[float, ...] | None, warns: bool
) -> None:
    threshold = None if limits is None else ("ki67_mean", limits)
    measured = MeasureConfig(threshold=threshold)
    record = make_run_record([], None, CARD, {"measurements": measured})
    text = describe_own_limits(record)
    assert text.endswith("--threshold ki67_mean=LIMIT") == warns
    assert bool(text) == warns
