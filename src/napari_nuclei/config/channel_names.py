"""Choose the channel of the nuclei by the names of channels."""

from __future__ import annotations

from collections.abc import Sequence

from napari_nuclei.config.channels import COLOURS

NUCLEAR_STAINS = ("dapi", "hoechst")
"""Beginnings of names of channels that show nuclei."""


def number_of_channel(
    names: Sequence[str], channel: int | str | None
) -> int | str | None:
    """Return the number of the channel that is segmented, if the file names them.

    Parameters
    ----------
    names : sequence of str
        Name of each channel of the image; empty if the file does not name them.
    channel : int or str, optional
        A number, a name or a colour of RGB. By default the one channel that is named
        by a stain of nuclei.

    Returns
    -------
    int or str, optional
        `channel` itself if the file does not name its channels.

    Raises
    ------
    ValueError
        If there is no channel of this name, or none is chosen and no name is that of
        a stain of nuclei.

    Examples
    --------
    >>> number_of_channel(["GFP", "DAPI"], None), number_of_channel(["GFP"], "gfp")
    (1, 0)
    """
    if not names or isinstance(channel, int):
        return channel
    if channel is not None:
        number = find_channel(names, channel)
        if number is None and channel not in COLOURS:
            raise no_channel(channel, names)
        return channel if number is None else number
    if len(names) == 1:
        return 0
    number = stained_channel(names)
    if number is None:
        raise ValueError(
            f"the image has {len(names)} channels. Choose one with --channel "
            f"(channel=): {list_channels(names)}"
        )
    return number


def stained_channel(names: Sequence[str]) -> int | None:
    """Return the number of the one channel that is named by a stain of nuclei."""
    stains = [number for number, name in enumerate(names) if is_nuclear_stain(name)]
    return stains[0] if len(stains) == 1 else None


def channel_notes(names: Sequence[str], channel: int | str | None) -> tuple[str, ...]:
    """Return the sentence that says which channel was chosen by its name, if one was.

    Examples
    --------
    >>> channel_notes(["GFP", "DAPI"], None)
    ('Channel 1 (DAPI) was segmented. Choose another one with --channel (channel=)',)
    """
    number = stained_channel(names)
    if channel is not None or len(names) < 2 or number is None:
        return ()
    return (
        f"Channel {number} ({names[number]}) was segmented. Choose another one with "
        "--channel (channel=)",
    )


def reading_notes(
    notes: Sequence[str],
    axes_note: str,
    axes: str | None,
    names: Sequence[str],
    channel: int | str | None,
) -> tuple[str, ...]:
    """Return the notes on how a file was read, with what was assumed.

    Parameters
    ----------
    notes : sequence of str
        Of the file.
    axes_note : str
        What was assumed about axes that the file does not name, if anything.
    axes : str, optional
        As the user chose them.
    names : sequence of str
        Name of each channel.
    channel : int or str, optional
        As the user chose it.

    Examples
    --------
    >>> reading_notes(["A."], "B.", None, [], None)
    ('A.', 'B.')
    >>> reading_notes(["A."], "B.", "ZYX", [], None)
    ('A.',)
    """
    assumed = (axes_note,) if axes_note and axes is None else ()
    return (*notes, *assumed, *channel_notes(names, channel))


def no_channel(channel: int | str, names: Sequence[str]) -> ValueError:
    """Return the error for a channel that no file has."""
    return ValueError(
        f"There is no channel {channel}; choose from {list_channels(names)}"
    )


def list_channels(names: Sequence[str]) -> str:
    """Return the numbers and names of channels, for messages.

    Examples
    --------
    >>> list_channels(["w1", "w2"])
    '0 (w1), 1 (w2)'
    """
    return ", ".join(f"{number} ({name})" for number, name in enumerate(names))


def is_nuclear_stain(name: str) -> bool:
    """Return whether a channel is named by a stain of nuclei."""
    return name.casefold().startswith(NUCLEAR_STAINS)


def find_channel(names: Sequence[str], channel: str) -> int | None:
    """Return the number of a channel by its name; None if there is none."""
    wanted = [name.casefold() for name in names]
    text = channel.casefold()
    return wanted.index(text) if text in wanted else None
