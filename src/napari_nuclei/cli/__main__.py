"""What `python -m napari_nuclei.cli` runs."""

import sys

from napari_nuclei.cli import main

if __name__ == "__main__":
    sys.exit(main())
