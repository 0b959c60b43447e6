"""Run the command line with `python -m napari_nuclei.cli`."""

import sys

from napari_nuclei.cli import main

if __name__ == "__main__":
    sys.exit(main())
