"""Progress bars of commands, which appear at once."""

from __future__ import annotations

from functools import partial

from napari_nuclei.core.notebook import progress_bar as notebook

progress_bar = partial(notebook.progress_bar, delay=0.0)
"""As `notebook.progress_bar`; a command shows its bar without delay."""
