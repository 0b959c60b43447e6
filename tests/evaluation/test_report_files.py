from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.evaluation.evaluate import evaluate_samples
from napari_nuclei.evaluation.report_files import best_and_worst, write_report


def test_best_and_worst_are_ranked_without_empty_images(segment, make_sample) -> None:
    many = [make_sample(f"missing {n}", 8, n) for n in (3, 0, 7, 1, 5, 2, 8)]
    many.insert(2, make_sample("empty", 0))
    evaluation = evaluate_samples(segment, many)
    chosen = [many[i].name[-1] for i in best_and_worst(evaluation, shown=2)]
    assert chosen == ["0", "1", "7", "8"]
    assert len(best_and_worst(evaluation, shown=10)) == 7


def test_a_report_has_two_tables_and_figures(
    segment, evaluation, samples, tmp_path: Path
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


def test_a_report_of_empty_images_has_no_figure(
    segment, make_sample, tmp_path: Path
) -> None:
    empty = [make_sample("a", 0)]
    evaluation = evaluate_samples(segment, empty)
    files = write_report(evaluation, empty, [empty[0].labels], tmp_path)
    assert "best_and_worst.png" not in {x.name for x in files}


def test_a_report_of_other_samples_is_refused(
    evaluation, samples, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="in its order; got 3 and 2 for 3"):
        write_report(evaluation, samples, [samples[0].labels] * 2, tmp_path)
    assert not list(tmp_path.glob("evaluation*"))
