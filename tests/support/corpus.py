"""Where real messages are, if there are any: ``PECDETECT_CORPUS``, or the folder beside the repository."""

from __future__ import annotations

import os
from pathlib import Path

CORPUS = Path(os.environ.get("PECDETECT_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
