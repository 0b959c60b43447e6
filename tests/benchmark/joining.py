"""Measure ways to join slices, on synthetic stacks and on an annotated volume.

For example::

    python tests/benchmark/joining.py --volume image.tif labels.tif --anisotropy 2.18

With --deblur the light of the synthetic stacks is first put back into its slices, by
Richardson and Lucy's method with the blur that the stacks were made with. With --views
the watershed floods the mean maps of views along the three axes, for slices that are up
to 3 pixels apart.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import reconstruction
from skimage.segmentation import watershed

from napari_nuclei import SegmentConfig, link_planes, load_segmenter, read_image
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.matching import count_objects
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.simulation.synthetic_volume import synthetic_volume
from napari_nuclei.core.synthetic import synthetic_stack

THRESHOLDS = (0.3, 0.5, 0.7)
PLANE = SegmentConfig(numbering="plane")


@dataclass(frozen=True)
class Case:
    """A stack with truth, and what the network finds in its slices."""

    group: str
    anisotropy: float
    image: NDArray[Any]
    truth: NDArray[np.integer]
    labels: NDArray[np.int32]
    foreground: NDArray[np.float32]
    distance: NDArray[np.float32]
    seconds: float


def make_case(
    segmenter: Segmenter,
    group: str,
    anisotropy: float,
    image: NDArray[Any],
    truth: NDArray[np.integer],
) -> Case:
    started = time.perf_counter()
    layout = make_layout(image.shape, "ZYX")
    planes = list(segmenter.planes(image, layout, config=PLANE))
    seconds = time.perf_counter() - started
    distances = [plane.maps.at_full_size().distance for plane in planes]
    return Case(
        group,
        anisotropy,
        image,
        truth,
        np.stack([plane.labels for plane in planes]),
        np.stack([plane.foreground for plane in planes]),
        np.stack([d for d in distances if d is not None]),
        seconds,
    )


def average_views(segmenter: Segmenter, case: Case) -> Case:
    """Return a case with the mean maps of views along the three axes."""
    stretched = ndimage.zoom(
        case.image.astype(np.float32), (case.anisotropy, 1, 1), order=1
    )
    slices = np.linspace(0, len(stretched) - 1, len(case.image)).round().astype(int)
    foreground, distance = [], []
    for order in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
        view = np.ascontiguousarray(stretched.transpose(order))
        seen = make_case(segmenter, "", 1, view, view)
        back = np.argsort(order)
        foreground.append(seen.foreground.transpose(back)[slices])
        distance.append(seen.distance.transpose(back)[slices])
    return replace(
        case, foreground=np.mean(foreground, axis=0), distance=np.mean(distance, axis=0)
    )


def deblur(image: NDArray[Any], sigma: float, steps: int = 15) -> NDArray[np.float32]:
    """Put light back into its slices (Richardson and Lucy), above the background."""

    def blur(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(ndimage.gaussian_filter1d(values, sigma, 0, mode="nearest"))

    light = image.astype(np.float32)
    light = np.maximum(light - np.percentile(light, 1), 1e-3)
    estimate = light.copy()
    for _ in range(steps):
        estimate *= blur(light / np.maximum(blur(estimate), 1e-3))
    return estimate


def synthetic_cases(
    segmenter: Segmenter, seeds: range, noise: float = 1.0, deblurs: bool = False
) -> Iterator[Case]:
    image, truth = synthetic_stack((9, 256, 256))
    yield make_case(segmenter, "sample z stack", 4, image, truth)
    fill = {0.03: "sparse", 0.1: "moderate", 0.25: "touching"}
    for anisotropy, (filled, name), blur, seed in product(
        (1, 2, 5), fill.items(), (0, 1, 2), seeds
    ):
        shape = (max(6, 48 // anisotropy), 160, 160)
        image, truth = synthetic_volume(
            shape,
            anisotropy=anisotropy,
            filled=filled,
            touching=0.3,
            blur_z=blur,
            noise=noise,
            seed=seed,
        )
        if deblurs and blur:
            image = deblur(image, blur)
        group = f"{name}, anisotropy {anisotropy}, blur {blur}"
        yield make_case(segmenter, group, anisotropy, image, truth)


def join(**settings: Any) -> Callable[[Case], NDArray[np.int32]]:
    """Join slices with the image."""

    def run(case: Case) -> NDArray[np.int32]:
        return link_planes(
            case.labels,
            case.image,
            min_slices=None,
            anisotropy=case.anisotropy,
            **settings,
        )

    return run


def join_by_area(case: Case) -> NDArray[np.int32]:
    """Join slices by their outlines alone."""
    return link_planes(case.labels, min_slices=None, anisotropy=case.anisotropy)


def watershed_3d(case: Case, height: float = 0.5) -> NDArray[np.int32]:
    """Flood the foreground from the peaks in 3-D of distance times intensity."""
    mask = case.foreground >= 0.5
    light = case.image.astype(np.float32)
    for plane, inside in zip(light, mask, strict=True):
        plane -= np.median(plane[~inside])

    def smooth(values: NDArray[Any], sigma: float) -> NDArray[Any]:
        return ndimage.gaussian_filter(values, (sigma / case.anisotropy, sigma, sigma))

    score = np.log(np.maximum(smooth(case.distance * light, 2), 1e-3))
    score[~mask] = score.min() - 1
    domes = score - reconstruction(score - height, score) >= 0.999 * height
    markers, _ = ndimage.label(domes & mask, np.ones((3, 3, 3)))
    labels = np.asarray(watershed(-score, markers, mask=mask), np.int32)
    numbers = np.arange(int(labels.max()) + 1)
    peaks = np.asarray(ndimage.maximum(smooth(light, 2), labels, numbers))
    peaks[0] = np.inf
    labels[smooth(light, 1) < 0.2 * peaks[labels]] = 0
    return labels


WAYS: dict[str, Callable[[Case], NDArray[np.int32]]] = {
    "overlap and area": join_by_area,
    "waists of light": join(trim=0, waist=0.6, min_volume=0),
    "trimmed at .1": join(trim=0.1, waist=0.6),
    "trimmed at .2": join(trim=0.2, waist=0.6),
    "trimmed at .3": join(trim=0.3, waist=0.6),
    "trimmed at .5": join(trim=0.5, waist=0.6),
    "by the height of nuclei": join(),
    "faint nuclei left in": join(min_light=0),
    "debris left in too": join(min_volume=0),
    "watershed in 3-D": watershed_3d,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--volume", nargs=2, metavar=("IMAGE", "LABELS"))
    parser.add_argument("--anisotropy", type=float, default=1.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--deblur", action="store_true")
    parser.add_argument("--views", action="store_true")
    args = parser.parse_args()
    segmenter = load_segmenter()
    seeds = range(args.first_seed, args.first_seed + args.seeds)
    cases = list(synthetic_cases(segmenter, seeds, args.noise, args.deblur))
    if args.volume:
        image, truth = (read_image(path).pixels for path in args.volume)
        cases.append(make_case(segmenter, "volume", args.anisotropy, image, truth))
    if args.views:
        cases = [
            average_views(segmenter, case) for case in cases if case.anisotropy < 3
        ]
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.group, []).append(case)
        for name in ("sparse", "moderate", "touching"):
            if case.group.startswith(name):
                groups.setdefault(f"all {name}", []).append(case)
                if not case.group.endswith("2"):
                    groups.setdefault(f"all {name}, blur 0 and 1", []).append(case)
    for way, function in WAYS.items():
        found, seconds = {}, 0.0
        for case in cases:
            started = time.perf_counter()
            found[id(case)] = function(case)
            seconds += time.perf_counter() - started
        total = sum(case.seconds for case in cases)
        print(f"\n{way}: {seconds / total:.1%} of the time of the segmentation")
        for group, members in groups.items():
            print_group(group, [(case, found[id(case)]) for case in members])


def print_group(group: str, results: list[tuple[Case, NDArray[np.int32]]]) -> None:
    nuclei = sum(len(np.unique(case.truth)) - 1 for case, _ in results)
    count = sum(len(np.unique(labels)) - 1 for _, labels in results)
    scores = []
    for number in range(len(THRESHOLDS)):
        counts = [
            count_objects(case.truth, labels, THRESHOLDS)[number]
            for case, labels in results
        ]
        scores.append(sum(counts[1:], start=counts[0]).scores().f1)
    text = "  ".join(f"{score:.3f}" for score in scores)
    print(f"  {group:36} {count:5} of {nuclei:5}  F1 at .3, .5, .7: {text}")


if __name__ == "__main__":
    main()
