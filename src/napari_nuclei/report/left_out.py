"""Leave flagged images out of the plots and the controls of a report."""

from __future__ import annotations

from collections.abc import Sequence

from napari_nuclei.core.quality.flags import Flag
from napari_nuclei.report.report_results import Results

ANY = "any"
"""Stands for every flag."""


def leave_out_flagged(results: Results, flags: Sequence[str]) -> None:
    """Mark the images that have one of some flags, and remark how many there are.

    Parameters
    ----------
    results : Results
        The attribute `left_out` of its images is set.
    flags : sequence of str
        Flags of quality; "any" stands for all.

    Raises
    ------
    ValueError
        If there is no such flag.
    """
    if not flags:
        return
    choices = [ANY, *map(str, Flag)]
    for flag in flags:
        if flag not in choices:
            raise ValueError(
                f"There is no flag {flag}. Leave out one of {', '.join(choices)}"
            )
    for image in results.flagged:
        image.left_out = ANY in flags or not set(flags).isdisjoint(image.flags)
    count = sum(image.left_out for image in results.done)
    which = "a flag" if ANY in flags else f"the flag {' or '.join(flags)}"
    results.remarks.append(
        f"{count} of {len(results.done)} images have {which} and are left out of the "
        "plate, the distributions and the controls"
    )
