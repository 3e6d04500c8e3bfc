"""The benchmark's modules, which are scripts beside each other and no package."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture(scope="session")
def load():
    """Import a module of benchmarks/ by its name there."""

    def load(name):
        sys.path.insert(0, str(BENCHMARKS))
        try:
            module = importlib.import_module(name)
        finally:
            sys.path.remove(str(BENCHMARKS))
        assert Path(module.__file__).parent == BENCHMARKS
        return module

    return load


@pytest.fixture
def record():
    """Make a record of one pipeline on one set."""

    def make(name, pipeline, group="planted", rate=0.1, role="held out", facts=None, **figures):
        empty = dict.fromkeys(
            (
                "auprc",
                "auprc_self_confidence",
                "auroc",
                "precision_at_50",
                "precision_at_errors",
                "missed",
                "curve",
                "f1",
                "best_f1",
                "f1_gap",
                "noise_rate",
                "noise_rate_error",
                "in_range",
                "range_ratio",
                "ece",
                "flagged",
                "suggestion_flagged",
                "suggestion_all",
                "seconds",
                "process_seconds",
                "peak_mb",
            )
        )
        kind = "symmetric" if group == "planted" and rate else "none"
        kind = kind if group == "planted" else "as it is"
        return {
            "set": name,
            "folder": "clean" if group == "planted" else "real_noise",
            "group": group,
            "kind": kind,
            "rate": rate if group == "planted" else 0.0,
            "setting": f"{kind} {rate:g}",
            "rows": 100,
            "classes": 3,
            "error_rate": rate,
            "pipeline": pipeline,
            "role": role,
            "figures": {**empty, "flagged": 0.1, **figures},
            "facts": {"accuracy": 0.9, "blind": ""} | (facts or {}),
        }

    return make
