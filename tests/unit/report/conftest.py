"""Let these tests import ``tests/golden/regenerate.py``, which knows what is expected."""

from __future__ import annotations

import sys
from pathlib import Path

GOLDEN = str(Path(__file__).resolve().parents[2] / "golden")
if GOLDEN not in sys.path:
    sys.path.insert(0, GOLDEN)
