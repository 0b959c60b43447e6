"""Segment many image files, and list their results in a manifest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from napari_nuclei.config import MeasureConfig, SegmentConfig
from napari_nuclei.config.given_config import config_or_defaults
from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.linking.segmented_stack import joins_slices
from napari_nuclei.core.notebook.progress_bar import shows_progress
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.io.atomic import prepare_folder, remove_old_partial_files
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.microscopes.scenes import Scene
from napari_nuclei.io.writers import find_writers
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import DEFAULT_MODEL
from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.scale.files.file_settings import FileSettings
from napari_nuclei.scale.files.file_task import FileTask
from napari_nuclei.scale.files.first_images import fix_diameter
from napari_nuclei.scale.files.run_items import segment_items
from napari_nuclei.scale.files.run_plan import AUTOMATIC, RunPlan, plan_run
from napari_nuclei.scale.files.submission import (
    check_submission_folder,
    wants_submission,
    write_submission,
)
from napari_nuclei.scale.old_arguments import accept_old_arguments
from napari_nuclei.scale.records.run_record import make_run_record
from napari_nuclei.scale.tables.check_measurements import check_measurements


@accept_old_arguments
@suggests_keywords
@shows_progress("file")
def segment_files(
    inputs: str | Path | Sequence[str | Path],
    output: str | Path | None = None,
    *,
    model: str | Path | Segmenter = DEFAULT_MODEL,
    formats: Sequence[str] | None = None,
    pattern: str = AUTOMATIC,
    axes: str | None = None,
    channel: int | str | None = None,
    pixel_size: float | None = None,
    z_spacing: float | None = None,
    scene: Scene = None,
    config: SegmentConfig | None = None,
    diameter_from_first: bool = False,
    measurements: MeasureConfig | None = None,
    max_pixels: int = MAX_PIXELS,
    workers: int | None = None,
    scheduler: Any = None,
    progress: Progress | None = None,
    on_plan: Callable[[RunPlan], None] | None = None,
    on_result: Callable[[FileResult], None] | None = None,
) -> list[FileResult]:
    """Segment image files; if a file fails, continue with the others.

    For several files a manifest, ``results.csv``, is written in the folder of the
    results, and ``results.json`` with the model, settings and versions of the run.
    Another run with the same settings skips the files that are done.

    Parameters
    ----------
    inputs : path-like or sequence of path-like
        Files, folders or patterns such as ``plate/*.tif``. Of a folder without images
        the images in ``<id>/images/`` are taken, as Kaggle has them.
    output : path-like, optional
        Folder for the results, created if needed. For a single image it may also be a
        file with the suffix of a format, as for `segment_file`. By default, results
        are written to the folder of their image.
    model : str, path-like or Segmenter
        Name of a model, folder of a model, or a loaded one.
    formats : sequence of str, optional
        What to write for each image, as for `segment_file`. With "kaggle", the file
        ``submission.csv`` in the folder of the results has the rows of all images.
    pattern : str
        How to read file names, such as ``{well}_s{field}_w{channel}``: files of one
        image are joined, and tables have its well and field. "auto" recognises the
        names of usual microscopes, "none": each file is an image.
    axes : str, optional
        One letter for each axis of each file, such as TZYX, if it does not state its
        axes or states wrong ones.
    channel : int or str, optional
        Channel to segment, counted from 0, if files have several; "red", "green" or
        "blue" for one channel of RGB; the name of a channel in the names of files.
    pixel_size : float, optional
        Side of a pixel, in µm. By default the pixel size that each file states.
    z_spacing : float, optional
        Distance between slices, in µm. By default the one that each file states.
    scene : int or str, optional
        Scene of CZI, LIF and ND2 files, as for `read_image`. The names of the results
        then have it after that of the file.
    config : SegmentConfig, optional
    diameter_from_first : bool
        Measure the diameter in the first images with nuclei, usually three, and use it
        for all. A run that continues an earlier one takes the diameter of that run.
    measurements : MeasureConfig, optional
        What the tables hold besides sizes and shapes, as for `segment_file`. Each image
        has images and regions of its own: folders, or paths with ``{stem}``.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.
    workers : int, optional
        Number of files segmented at the same time.
    scheduler : str or dask.distributed.Client, optional
        Runs the files on dask's workers; they must see them at the same paths.
    progress : callable, optional
        Called with (done, total) in files, or in tiles if there is a single file; raise
        an error in it to cancel.
    on_plan : callable, optional
        Called once with the `RunPlan`, before the first file is segmented.
    on_result : callable, optional
        Called with the result of each file as it is done.

    Returns
    -------
    list of FileResult
        In the order of the inputs. The result of a file that failed has a `reason`, as
        has that of a file whose results were removed during the run.

    Raises
    ------
    OSError, ValueError
        If there is no image, a format is unknown, the folder cannot be written,
        settings fit no image, or `diameter_from_first` is given with a diameter that is
        not "auto".
    PathLockedError
        If another run of several files writes into the folder.

    Examples
    --------
    >>> import tempfile, tifffile
    >>> from napari_nuclei import segment_files, synthetic_nuclei
    >>> image, truth = synthetic_nuclei((96, 96), seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tifffile.imwrite(f"{folder}/a.tif", image)
    ...     results = segment_files(folder, f"{folder}/out", formats=["csv"])
    >>> [path.name for path in results[0].written]
    ['a_nuclei.csv']
    """
    if isinstance(inputs, str | Path):
        inputs = [inputs]
    if output is not None:
        output = Path(output).expanduser()
    settings = FileSettings(
        config=config_or_defaults(config, SegmentConfig),
        axes=axes,
        channel=channel,
        pixel_size=pixel_size,
        z_spacing=z_spacing,
        max_pixels=max_pixels,
        measurements=measurements,
        scene=scene,
    )
    plan = plan_run(inputs, output, pattern, channel, scene)
    items = plan.items
    settings = replace(settings, channel=plan.channel)
    formats = None if formats is None else tuple(formats)
    check_run(plan, settings, formats)
    folders = list(dict.fromkeys(item.folder for item in items))
    if wants_submission(formats):
        check_submission_folder(folders)
    for folder in folders:
        prepare_folder(folder)
        remove_old_partial_files(folder)
    segmenter = model if isinstance(model, Segmenter) else load_segmenter(model)
    task = FileTask(segmenter, formats, settings)
    if diameter_from_first:
        task, note = fix_diameter(task, items)
        plan = replace(plan, note="\n".join(filter(None, (plan.note, note))))
    on_result = on_result or (lambda result: None)
    if on_plan:
        on_plan(plan)
    if len(items) == 1 and scheduler is None:
        result = task(items[0], progress)
        on_result(result)
        if wants_submission(formats) and items[0].destination == items[0].folder:
            write_submission([result], folders[0])
        return [result]
    results = segment_items(
        task,
        items,
        record=make_run_record(
            inputs, output, segmenter.card, {"pattern": pattern} | task.as_record()
        ),
        workers=workers,
        scheduler=scheduler,
        progress=progress,
        on_result=on_result,
    )
    if wants_submission(formats):
        write_submission(results, folders[0])
    return results


def check_run(
    plan: RunPlan, settings: FileSettings, formats: Sequence[str] | None
) -> None:
    """Check measurements and formats before any image is read.

    Raises
    ------
    OSError, ValueError
        If a measurement or a format does not fit the images or the settings.
    ModuleNotFoundError
        If a format needs a package that is not installed.
    """
    config = settings.config
    if settings.measurements is not None:
        check_measurements(
            settings.measurements,
            [item.path for item in plan.items],
            channel_names=plan.channel_names,
            joined=None if joins_slices(config) else False,
        )
    if formats is not None:
        for writer in find_writers(formats):
            writer.check_installed()
            writer.check_tracks(config.track)
