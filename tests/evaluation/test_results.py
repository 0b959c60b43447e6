from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.evaluate import evaluate_samples
from napari_nuclei.evaluation.results import Evaluation
from napari_nuclei.evaluation.score_table import SCORE_TITLES, format_headline


def test_pooled_scores_sum_counts_and_mean_scores_weigh_images_alike(
    evaluation: Evaluation,
) -> None:
    assert evaluation.pooled.objects[0].ap == pytest.approx(0.6)
    assert evaluation.mean.objects[0].ap == pytest.approx(0.5)
    assert evaluation.pooled.pixels.recall == pytest.approx(0.6)


def test_groups_have_summaries_of_their_own(segment, samples: list[Sample]) -> None:
    groups = {"all": "bright", "half": "bright"}
    summary = evaluate_samples(segment, samples, groups=groups).summary()
    assert list(summary["groups"]) == ["bright", "other"]
    assert summary["groups"]["bright"]["images"] == 2
    assert summary["groups"]["bright"]["mean"]["ap_50"] == pytest.approx(0.75)
    assert summary["groups"]["other"]["mean"]["ap_50"] == 0


def test_the_summary_is_plain_and_complete(evaluation: Evaluation) -> None:
    summary = evaluation.summary()
    assert json.loads(json.dumps(summary)) == summary
    assert list(summary["pooled"]) == list(summary["mean"]) == list(SCORE_TITLES)
    assert (summary["images"], summary["nuclei"], summary["predicted"]) == (3, 10, 6)
    assert "groups" not in summary


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


def test_an_evaluation_is_shown_as_its_table(evaluation: Evaluation) -> None:
    assert str(evaluation) == repr(evaluation) == evaluation.table()
    assert evaluation._repr_html_() == f"<pre>{evaluation.table()}</pre>"


def test_the_table_of_groups_is_aligned_below(segment, samples: list[Sample]) -> None:
    groups = {"all": "a group with a rather long name"}
    lines = evaluate_samples(segment, samples, groups=groups).table().splitlines()
    below = lines[-3:]
    assert lines[-4] == ""
    assert len({len(line) for line in below}) == 1


def test_the_csv_has_a_row_for_each_image(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    evaluation.write_csv(tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["all", "half", "none"]
    assert [row["fn_50"] for row in rows] == ["0", "2", "2"]
    assert [float(row["ap_50"]) for row in rows] == [1, 0.5, 0]
    assert set(SCORE_TITLES) < set(rows[0])


def test_the_json_has_the_summary_and_each_image(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    evaluation.write_json(tmp_path / "a.json")
    content = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    images = content.pop("per_image")
    assert content == evaluation.summary()
    assert images[1]["counts"]["objects"][0]["tp"] == 2
