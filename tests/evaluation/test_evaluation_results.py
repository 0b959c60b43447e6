from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.evaluate import evaluate_samples
from napari_nuclei.evaluation.evaluation_results import Evaluation
from napari_nuclei.evaluation.score_table import SCORE_TITLES


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
