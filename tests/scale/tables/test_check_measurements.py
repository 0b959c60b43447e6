from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from napari_nuclei import Classifier, write_classifier
from napari_nuclei.config import MeasureConfig, SegmentConfig
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.scale.batch import segment_files
from napari_nuclei.scale.tables.check_measurements import (
    check_measurements,
    check_partners,
)


@pytest.fixture
def run(tmp_path: Path, image: NDArray[np.uint8]) -> Path:
    """Return a folder with two images, another channel of one, and two classifiers."""
    for name in ("dapi", "ki67", "regions"):
        (tmp_path / name).mkdir()
    for name in "ab":
        cv2.imwrite(str(tmp_path / "dapi" / f"{name}.png"), image)
    cv2.imwrite(str(tmp_path / "ki67" / "a.png"), image)
    for column in ("area", "cd8_mean"):
        table = pd.DataFrame({column: [10, 11, 12, 30, 31, 32]})
        examples = {0: "low", 1: "low", 3: "high", 4: "high"}
        classifier = Classifier.learn(table, examples)
        write_classifier(classifier, tmp_path / f"{column}.json")
    (tmp_path / "other.json").write_text(json.dumps({"a": 1}))
    return tmp_path


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"properties": ["areaa"]}, "'areaa' is not a property.* Did you mean 'area'"),
        ({"properties": ["k_maen"]}, "'k_maen' is not a property.* mean 'k_mean'"),
        ({"properties": ["k_ring_mean"]}, "'k_ring_mean' is not a property"),
        ({"properties": ["volume"]}, "'volume' is not a property"),
        ({"properties": ["class"]}, "'class' is not a property"),
        ({"threshold": ("k_maen", ())}, "no column 'k_maen'.* mean 'k_mean'"),
        ({"classify": "RUN/none.json"}, "none.json"),
        ({"classify": "RUN/other.json"}, "other.json is not a classifier file"),
        (
            {"classify": "RUN/cd8_mean.json"},
            "the classifier was made for other columns: the table lacks cd8_mean",
        ),
        ({"images": {"k": "RUN/ki76"}}, "ki76: there is no such file or folder"),
        ({"images": {"k": "RUN/regions"}}, "no file of the name a .*have none either"),
        ({"images": {"k": "RUN/{stem}_2.png"}}, "a_2.png: .*images have none either"),
        ({"images": {"k": "RUN/ki67/a.png"}}, "is one file for 2 images"),
        ({"images": {"intensity": "RUN/ki67"}}, "name of the segmented image itself"),
        ({"regions": "RUN/ki67"}, r"no file of the name a \(.geojson"),
    ],
    ids=str,
)
def test_a_mistake_is_one_error_before_the_first_image(
    run: Path, segmenter: Segmenter, settings: dict[str, Any], message: str
) -> None:
    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: fill(text) for key, text in value.items()}
        return value.replace("RUN", str(run)) if isinstance(value, str) else value

    config = MeasureConfig(**({"images": {"k": run / "ki67"}} | fill(settings)))
    with pytest.raises((OSError, ValueError), match=message):
        segment_files(run / "dapi", run / "out", model=segmenter, measurements=config)
    assert not (run / "out").exists()


def test_every_column_of_a_table_is_accepted(run: Path, segmenter: Segmenter) -> None:
    config = MeasureConfig(
        images={"k": run / "ki67" / "a.png"}, ring=(1, 2), classify=run / "area.json"
    )
    source = run / "dapi" / "a.png"
    segment_files(
        source, run / "out", model=segmenter, measurements=config, pixel_size=0.5
    )
    columns = pd.read_csv(run / "out" / "a_nuclei.csv", index_col=0).columns
    assert {"k_ring_ratio", "certainty", "area_um2"} <= {*columns}
    for name in (*columns, "mean"):
        one = MeasureConfig(
            images=config.images,
            ring=(1, 2),
            classify=config.classify,
            properties=[name],
        )
        check_measurements(one, [source], joined=False)


def test_channels_in_names_of_files_are_images_too(run: Path) -> None:
    config = MeasureConfig(properties=["Cy3_mean"], threshold=("Cy3_mean", ()))
    check_measurements(config, [run / "a.png"], channel_names=["DAPI", "Cy3"])
    with pytest.raises(ValueError, match="'Cy3_mean' is not a property"):
        check_measurements(config, [run / "a.png"])


@pytest.mark.parametrize("what", ["images", "regions"])
def test_one_file_for_several_images_is_refused(run: Path, what: str) -> None:
    path = run / "ki67" / "a.png"
    config = MeasureConfig(images={"k": path})
    if what == "regions":
        config = MeasureConfig(regions=path)
    check_partners(config, 1)
    with pytest.raises(ValueError, match="is one file for 2 images; name a folder"):
        check_partners(config, 2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"axes": "QQ"}, "axes must be one letter per axis, with Y and X"),
        ({"axes": "YYX"}, "axes must be one letter per axis"),
        ({"pixel_size": 0}, "pixel_size must be above 0"),
        ({"z_spacing": -1.0}, "z_spacing must be above 0"),
    ],
    ids=str,
)
def test_axes_and_sizes_that_fit_no_image_are_one_error(
    run: Path, segmenter: Segmenter, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        segment_files(
            *(run / "dapi", run / "out"),
            model=segmenter,
            config=SegmentConfig(),
            **settings,
        )
    assert not (run / "out").exists()
