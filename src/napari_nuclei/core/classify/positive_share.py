"""Say in words which fraction of nuclei is positive."""

from __future__ import annotations

from napari_nuclei.core.measure.regions import wilson_interval


def describe_share(positive: int, count: int, name: str = "Positive") -> str:
    """Return a fraction in percent, with Wilson's 95 % interval and both numbers.

    Parameters
    ----------
    positive, count : int
        Number of positive nuclei, and of all.
    name : str
        Name of the fraction.

    Examples
    --------
    >>> describe_share(97, 414, "Ki67 index")
    'Ki67 index 23.4 % (95 % 19.6 to 27.7), 97 of 414'
    >>> describe_share(0, 0)
    'Positive: no nuclei'
    """
    if not count:
        return f"{name}: no nuclei"
    low, high = wilson_interval(positive, count)
    ends = f"{100 * float(low):.1f} to {100 * float(high):.1f}"
    percent = f"{100 * positive / count:.1f}"
    return f"{name} {percent} % (95 % {ends}), {positive} of {count}"
