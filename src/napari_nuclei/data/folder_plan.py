"""Plan which masks belong to which images of a data set, before any file is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from napari_nuclei.data.layouts import pair_files, unmatched_masks
from napari_nuclei.data.run_length_masks import find_run_lengths
from napari_nuclei.io.outlines.run_lengths import read_run_lengths
from napari_nuclei.io.readers import image_suffixes


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """Images and their masks.

    Attributes
    ----------
    pairs : dict of str to list of str
        The files of the masks of each image, as paths inside the folder; an empty list
        if its masks are run lengths.
    runs : dict of str to list of str
        Run lengths of the nuclei, by name of the image without suffix.
    runs_file : Path, optional
        File of `runs`.
    """

    pairs: dict[str, list[str]]
    runs: dict[str, list[str]] = field(default_factory=dict)
    runs_file: Path | None = None


def plan_folder(
    path: Path,
    names: Sequence[str],
    wanted: set[str] | None,
    labels: Path | None = None,
    *,
    partly: bool = False,
) -> FolderPlan:
    """Match the images of a folder or zip file with their masks.

    Parameters
    ----------
    path : Path
        The folder or zip file.
    names : sequence of str
        Paths inside it, of images and masks.
    wanted : set of str, optional
        Names of the images to read, without suffix; None reads all.
    labels : Path, optional
        CSV file with the masks as run lengths; the masks among `names` are not used.
    partly : bool
        Whether some of `wanted` may be missing.

    Raises
    ------
    ValueError
        If there are no images, an image has no mask, or a mask has no image.
    """
    if not names:
        kinds = ", ".join(image_suffixes())
        raise ValueError(f"{path} contains no images ({kinds}); choose another folder")
    pairs = pair_files(names)
    if labels is not None:
        pairs = {image: [] for image in pairs}
    missing = [image for image, masks in pairs.items() if not masks]
    if wanted is not None:
        pairs = {k: v for k, v in pairs.items() if PurePosixPath(k).stem in wanted}
        missing = [image for image in missing if image in pairs]
        if partly and not pairs:
            return FolderPlan({})
        if not partly:
            check_all_found(path, wanted, {PurePosixPath(k).stem for k in pairs})
    plan = FolderPlan(pairs)
    stems = {PurePosixPath(image).stem for image in missing}
    if labels is not None:
        plan = FolderPlan(pairs, read_run_lengths(labels), labels)
    elif missing and (found := find_run_lengths(path, stems)):
        plan = FolderPlan(pairs, found[1], found[0])
    missing = [image for image in missing if PurePosixPath(image).stem not in plan.runs]
    if missing and plan.runs_file:
        raise ValueError(
            f"{path}: {len(missing)} of {len(pairs)} images have no mask, such as "
            f"{missing[0]}; {plan.runs_file.name} does not name them"
        )
    if missing:
        stem = PurePosixPath(missing[0]).stem
        raise ValueError(
            f"{path}: {len(missing)} of {len(pairs)} images have no mask, such as "
            f"{missing[0]}; expected a file {stem} in a folder masks/ next to images/, "
            f"or {stem}_mask next to the image"
        )
    if not pairs:
        raise ValueError(f"{path} contains masks but no images; add the images")
    unmatched = unmatched_masks(names, pairs) if wanted is None and not labels else []
    if unmatched:
        raise ValueError(
            f"{path}: {len(unmatched)} masks have no image, such as {unmatched[0]}; "
            "give the mask the name of its image, or remove it"
        )
    return plan


def check_all_found(path: Path, wanted: set[str] | None, found: set[str]) -> None:
    """Raise ValueError if a data set lacks images that were asked for by name."""
    absent = (wanted or set()) - found
    if absent:
        raise ValueError(
            f"{path} lacks {len(absent)} of the requested images, such as {min(absent)}"
        )
