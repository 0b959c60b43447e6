from __future__ import annotations

import pytest

from napari_nuclei.evaluation.evaluation_results import Evaluation
from napari_nuclei.evaluation.score_table import SCORE_TITLES, format_headline


def test_the_table_has_aligned_columns_with_every_score(evaluation: Evaluation) -> None:
    lines = evaluation.table().splitlines()
    assert lines[0] == "3 images, 10 nuclei, 6 predicted"
    rows = lines[3 : 3 + len(SCORE_TITLES)]
    assert [line[:28].rstrip() for line in rows] == list(SCORE_TITLES.values())
    assert "interval of AP" in lines[-2]
    assert "calibration error" in lines[-1]
    assert {len(line) for line in [lines[2], *rows]} == {55}
    ap_50 = 3 + list(SCORE_TITLES).index("ap_50")
    assert lines[ap_50].split()[-2:] == ["0.6000", "0.5000"]


def test_accuracy_iou_and_dice_come_first(evaluation: Evaluation) -> None:
    titles = [line[:28].rstrip() for line in evaluation.table().splitlines()[3:6]]
    assert titles == ["pixel accuracy", "pixel IoU", "pixel Dice"]
    assert list(evaluation.metrics)[:3] == ["pixel_accuracy", "pixel_iou", "pixel_dice"]
    assert format_headline(evaluation.metrics).startswith("accuracy 0.")


def test_the_metric_of_micro_sam_has_a_name_and_a_source(
    evaluation: Evaluation,
) -> None:
    by_image = [image.counts.scores().mean_ap() for image in evaluation.images]
    expected = sum(by_image) / len(by_image)
    assert evaluation.mean_segmentation_accuracy == pytest.approx(expected)
    line = next(x for x in evaluation.table().splitlines() if "micro-sam" in x)
    assert line.startswith("mean segmentation accuracy")
    assert "arXiv 2603.17845" in line
    assert line.endswith(f"{expected:.4f}")
