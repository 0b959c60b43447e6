from __future__ import annotations

import numpy as np

from napari_nuclei.report.condition_samples import BINS, MAX_SAMPLE, NucleiSamples


def test_a_histogram_of_each_condition_has_common_bins() -> None:
    samples = NucleiSamples()
    samples.add("a", {"area": np.full(50, 10.0), "flat": np.ones(50)})
    samples.add("b", {"area": np.full(30, 20.0)})
    samples.add("", {"area": np.array([np.nan])})
    samples.add("c", {"area": np.zeros(0)})
    found = samples.histograms()
    assert [*found] == ["area"]
    assert (found["area"]["low"], found["area"]["high"]) == (10, 20)
    counts = found["area"]["counts"]
    assert counts == {"a": [50, *[0] * (BINS - 1)], "b": [*[0] * (BINS - 1), 30]}
    assert samples.counts == {"a": 50, "b": 30, "": 1}


def test_a_sample_is_small_and_spread_evenly_over_the_images() -> None:
    samples = NucleiSamples()
    rng = np.random.default_rng(0)
    for number in range(40):
        samples.add("a", {"area": number + rng.random(500)})
    counts = np.array(samples.histograms()["area"]["counts"]["a"])
    assert samples.counts == {"a": 20_000}
    assert MAX_SAMPLE / 2 <= counts.sum() <= MAX_SAMPLE
    assert counts.min() > 0.4 * counts.mean()
    assert counts.max() < 2.5 * counts.mean()
