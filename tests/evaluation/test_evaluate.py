from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.evaluate import (
    Evaluation,
    best_and_worst,
    evaluate_samples,
    write_report,
)
from napari_nuclei.evaluation.results import SCORE_TITLES

Output = tuple[NDArray[np.int32], NDArray[np.float32]]


def sample(name: str, nuclei: int, missed: int = 0) -> Sample:
    """Return an image whose brightness tells `segment` which nuclei it finds."""
    labels = np.zeros((12, 40), np.int32)
    for number in range(nuclei):
        labels[3:9, 4 * number + 1 : 4 * number + 4] = number + 1
    image = np.where(labels > missed, labels * 20, 0).astype(np.uint8)
    return Sample(name, image, labels)


def segment(image: NDArray[Any]) -> Output:
    """Find what is bright."""
    return (image // 20).astype(np.int32), (image > 0).astype(np.float32)


@pytest.fixture
def samples() -> list[Sample]:
    return [sample("all", 4), sample("half", 4, 2), sample("none", 2, 2)]


@pytest.fixture
def evaluation(samples: list[Sample]) -> Evaluation:
    return evaluate_samples(segment, samples)


def test_every_image_is_counted_in_order(evaluation: Evaluation) -> None:
    rows = [(x.name, x.nuclei, x.predicted) for x in evaluation.images]
    assert rows == [("all", 4, 4), ("half", 4, 2), ("none", 2, 0)]


def test_pooled_scores_sum_counts_and_mean_scores_weigh_images_alike(
    evaluation: Evaluation,
) -> None:
    assert evaluation.pooled.objects[0].ap == pytest.approx(0.6)
    assert evaluation.mean.objects[0].ap == pytest.approx(0.5)
    assert evaluation.pooled.pixels.recall == pytest.approx(0.6)


def test_pixels_are_those_of_the_foreground_cut_at_the_probability() -> None:
    def unsure(image: NDArray[Any]) -> Output:
        labels, foreground = segment(image)
        return labels, foreground * np.float32(0.4)

    one = [sample("a", 3)]
    assert evaluate_samples(unsure, one).pooled.pixels.recall == 0
    lower = evaluate_samples(unsure, one, probability=0.3)
    assert lower.pooled.pixels.recall == lower.pooled.objects[0].ap == 1


def test_progress_is_told_and_labels_are_kept(samples: list[Sample]) -> None:
    told: list[tuple[int, int]] = []
    kept: list[NDArray[np.int32]] = []
    evaluate_samples(
        segment,
        samples,
        progress=lambda done, total: told.append((done, total)),
        on_labels=kept.append,
    )
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert [int(labels.max()) for labels in kept] == [4, 4, 0]


def test_raising_from_progress_cancels(samples: list[Sample]) -> None:
    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate_samples(segment, samples, progress=cancel)


def test_groups_have_summaries_of_their_own(samples: list[Sample]) -> None:
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
    assert lines[3].split()[-2:] == ["0.6000", "0.5000"]


def test_the_table_of_groups_is_aligned_below(samples: list[Sample]) -> None:
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


def test_best_and_worst_come_in_order_without_images_that_are_empty() -> None:
    many = [sample(f"missing {n}", 8, n) for n in (3, 0, 7, 1, 5, 2, 8)]
    many.insert(2, sample("empty", 0))
    evaluation = evaluate_samples(segment, many)
    chosen = [many[i].name[-1] for i in best_and_worst(evaluation, shown=2)]
    assert chosen == ["0", "1", "7", "8"]
    assert len(best_and_worst(evaluation, shown=10)) == 7


def test_a_report_is_two_tables_and_a_figure(
    evaluation: Evaluation, samples: list[Sample], tmp_path: Path
) -> None:
    predicted = [segment(x.image)[0] for x in samples]
    files = write_report(evaluation, samples, predicted, tmp_path / "new" / "folder")
    assert [x.name for x in files] == [
        "evaluation.csv",
        "evaluation.json",
        "ap_curve.png",
        "calibration.png",
        "best_and_worst.png",
    ]
    assert sorted(files) == sorted((tmp_path / "new" / "folder").iterdir())


def test_a_report_of_empty_images_has_no_figure(tmp_path: Path) -> None:
    empty = [sample("a", 0)]
    evaluation = evaluate_samples(segment, empty)
    files = write_report(evaluation, empty, [empty[0].labels], tmp_path)
    assert "best_and_worst.png" not in {x.name for x in files}


def test_a_report_of_other_samples_is_refused(
    evaluation: Evaluation, samples: list[Sample], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="in its order; got 3 and 2 for 3"):
        write_report(evaluation, samples, [samples[0].labels] * 2, tmp_path)
    assert not list(tmp_path.glob("evaluation*"))


def test_nothing_to_evaluate_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one image to evaluate; got none"):
        evaluate_samples(segment, [])


@pytest.mark.parametrize("which", ["labels", "foreground"])
def test_an_output_that_does_not_fit_its_image_is_named(
    which: str, samples: list[Sample]
) -> None:
    def wrong(image: NDArray[Any]) -> Output:
        labels, foreground = segment(image)
        if which == "labels":
            return labels[1:], foreground
        return labels, foreground[1:]

    message = rf"all: the {which} .* \(12, 40\); got \(11, 40\)"
    with pytest.raises(ValueError, match=message):
        evaluate_samples(wrong, samples)
