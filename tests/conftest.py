"""What holds for every test: the clock fails none, and each run tries the same examples."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("labelaudit", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("labelaudit")
