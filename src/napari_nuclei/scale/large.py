"""Images larger than memory: block by block, resumable, here or on a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.given_config import config_or_defaults
from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.notebook.progress_bar import shows_progress
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.microscopes.scenes import Scene
from napari_nuclei.io.ome_zarr_labels import LABELS_NAME
from napari_nuclei.model.store import DEFAULT_MODEL
from napari_nuclei.scale.block_runner import BlockCallback
from napari_nuclei.scale.block_settings import BLOCK_SIZE, BlockSettings
from napari_nuclei.scale.large_result import LargeResult
from napari_nuclei.scale.large_run import run_large


@suggests_keywords
@shows_progress("block")
def segment_large(
    source: Any,
    destination: str | Path | None = None,
    *,
    into_image: bool = False,
    labels_name: str = LABELS_NAME,
    ome_version: str | None = None,
    model: str | Path | Segmenter = DEFAULT_MODEL,
    axes: str | None = None,
    channel: int | str | None = None,
    pixel_size: float | None = None,
    z_spacing: float | None = None,
    scene: Scene = None,
    table: str | Path | None = None,
    block: int = BLOCK_SIZE,
    margin: int | None = None,
    workers: int | None = None,
    scheduler: Any = None,
    config: SegmentConfig | None = None,
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
    on_block: BlockCallback | None = None,
    finish_only: bool = False,
) -> LargeResult:
    """Segment an image that need not fit into memory, block by block.

    The nuclei are the same as those of `Segmenter.run`, for any size of the blocks:
    intensities are normalised over the whole plane, tiles have the same positions as
    in the whole plane, and each nucleus belongs to the block that holds its centre.
    The nuclei of a plane are numbered in the order of their first pixels.

    Until every block is done, the results are in ``<destination>.partial``. Call the
    function again with the same arguments to continue a run that was stopped, or to
    try failed blocks again. The destination of a run with failed blocks is replaced.

    Parameters
    ----------
    source : path-like or array-like of shape (Y, X) or (Y, X, 3), or as `axes` says
        OME-Zarr, zarr, TIFF, a slide, or a numpy, dask or zarr array of any integer or
        float type.
    destination : path-like, optional
        The OME-Zarr to write, an image-label of uint32. Required without `into_image`.
    into_image : bool
        Write new labels into the group ``labels`` of the source, an OME-Zarr image.
    labels_name : str
        Name of the labels.
    ome_version : str, optional
        Version of OME-Zarr of the destination: 0.4 or 0.5 (the default).
    model : str, path-like or Segmenter
        Name of a bundled or user model, path of a model's folder, or a loaded model.
    axes : str, optional
        One letter per axis, such as TYX. By default the axes that the source states.
    channel : int or str, optional
        Channel to segment if there is an axis C, counted from 0; "red", "green" or
        "blue" for one channel of RGB.
    pixel_size : float, optional
        Side of a pixel, in µm. By default the pixel size that the source states.
    z_spacing : float, optional
        Distance between slices, in µm. By default the one that the source states.
    scene : int or str, optional
        Scene of a CZI, LIF or ND2 file, as for `read_image`.
    table : path-like, optional
        A ``.csv`` or ``.parquet`` file for the table of nuclei.
    block : int
        Side of a block, in pixels, at least 64. The labels do not depend on it; the
        memory does.
    margin : int, optional
        Pixels around a block that are segmented with it, at least the length of a
        nucleus. By default four times the model's diameter.
    workers : int, optional
        Number of blocks that are segmented at once.
    scheduler : str or dask.distributed.Client, optional
        Address or client of a dask cluster that runs the blocks. Its workers must
        see the files at the same paths.
    config : SegmentConfig, optional
    max_pixels : int
        Largest number of pixels of a chunk, because chunks are decoded whole.
    progress : callable, optional
        Called with (done, total) in blocks, several times a second; raise an error in
        it to cancel.
    on_block : callable, optional
        Called with the plane index, the slices and the labels of each block when it
        is done. Blocks of an earlier run come first.
    finish_only : bool
        Write the results of the blocks that an earlier run has finished, and leave
        the others empty until another run continues.

    Returns
    -------
    LargeResult

    Raises
    ------
    OSError
        If the source cannot be read, or the destination exists.
    TypeError, ValueError
        If an argument is not valid, the partial results are from a run with other
        arguments, or the source was removed or has changed during the run.
    RuntimeError
        If no block could be segmented; then nothing is written. If another process
        writes to the destination.

    Examples
    --------
    >>> import tempfile
    >>> from napari_nuclei import segment_large, synthetic_nuclei
    >>> image, truth = synthetic_nuclei((96, 96), seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     result = segment_large(image, f"{folder}/labels.zarr")
    >>> result.blocks, result.failed
    (1, ())
    """
    settings = BlockSettings(
        config=config_or_defaults(config, SegmentConfig),
        into_image=into_image,
        labels_name=labels_name,
        ome_version=ome_version,
        axes=axes,
        channel=channel,
        pixel_size=pixel_size,
        z_spacing=z_spacing,
        max_pixels=max_pixels,
        block=block,
        margin=margin,
        workers=workers,
        scheduler=scheduler,
    )
    return run_large(
        source,
        destination,
        model,
        settings,
        scene=scene,
        table=table,
        progress=progress,
        on_block=on_block,
        finish_only=finish_only,
    )
