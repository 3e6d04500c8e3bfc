"""Let these tests import ``tests/audit_example.py`` and ``tests/golden/regenerate.py``."""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
for folder in (TESTS, TESTS / "golden"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
