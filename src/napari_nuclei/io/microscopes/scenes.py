"""The scenes of a file: positions, wells or series, of which one is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.errors import ImageWarning, shorten_names

Scene = int | str | None
"""Name or number of a scene, counted from 0; None for the first one."""

HOW_TO_CHOOSE = "Choose another one with --scene (scene=)"


def number_of_scene(scenes: Sequence[str], scene: Scene, name: str) -> int:
    """Return the number of a scene, counted from 0.

    Parameters
    ----------
    scenes : sequence of str
        Names of all scenes.
    scene : int or str, optional
        As the user chose it. A text is a name first, then a number.
    name : str
        Name of the file, for messages.

    Raises
    ------
    ValueError
        If there is no such scene, or several scenes have this name.

    Examples
    --------
    >>> number_of_scene(["A1", "A2"], "A2", "a.lif")
    1
    >>> number_of_scene(["A1", "A2"], "0", "a.lif")
    0
    >>> number_of_scene(["2", "0"], "0", "a.lif")
    1
    """
    if scene is None:
        return 0
    if isinstance(scene, str):
        fitting = [n for n, title in enumerate(scenes) if title == scene]
        fitting = fitting or [
            n for n, title in enumerate(scenes) if title.casefold() == scene.casefold()
        ]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            numbers = ", ".join(map(str, fitting))
            raise ValueError(
                f"{name} has {len(fitting)} scenes named {scene}; choose one by its "
                f"number: {numbers}"
            )
        number = int(scene) if re.fullmatch("[0-9]+", scene) else -1
    else:
        number = scene
    if isinstance(scene, bool) or not 0 <= number < len(scenes):
        listed = [f"{n} ({title})" for n, title in enumerate(scenes)]
        raise ValueError(
            f"{name} has no scene {scene}; choose from {shorten_names(listed)}"
        )
    return number


def scene_notes(
    scenes: Sequence[str], scene: Scene, remedy: str = HOW_TO_CHOOSE
) -> tuple[str, ...]:
    """Return the note that says which scenes are not read, if none was chosen.

    Parameters
    ----------
    scenes : sequence of str
        Names of all scenes.
    scene : int or str, optional
        What the user chose.
    remedy : str
        What to do to read another scene.

    Examples
    --------
    >>> print(*scene_notes(["A1", "A2"], None))
    The file holds 2 scenes (A1, A2). Only the first is read. Choose another one with \
--scene (scene=)
    >>> scene_notes(["A1", "A2"], 0)
    ()
    """
    if scene is not None or len(scenes) < 2:
        return ()
    return (
        f"The file holds {len(scenes)} scenes ({shorten_names(scenes)}). Only the "
        f"first is read. {remedy}",
    )


def warn_of_other_scenes(name: str, scenes: Sequence[str]) -> None:
    """Warn with an `ImageWarning` if a file of which a scene was read has others."""
    for note in scene_notes(scenes, None, "Save the others as files of their own"):
        warn_user(f"{name}: {note}", ImageWarning)


def check_scene(path: Path, scene: Scene, *, has_scenes: bool) -> None:
    """Raise ValueError if a scene is chosen in a file of a format without scenes."""
    if scene is not None and not has_scenes:
        raise ValueError(
            f"{path.name} has no scenes to choose from. --scene (scene=) is for files "
            "of microscopes, such as CZI, LIF and ND2"
        )


def add_scene(stem: str, scene: Scene) -> str:
    """Return the beginning of the names of results, with the scene that was chosen.

    Examples
    --------
    >>> add_scene("cells", "Well A/1"), add_scene("cells", 2), add_scene("cells", None)
    ('cells_Well A_1', 'cells_2', 'cells')
    """
    if scene is None:
        return stem
    text = re.sub(r'[\x00-\x1f<>:"/\\|?*]', "_", str(scene)).strip(". ")
    return f"{stem}_{text}"
