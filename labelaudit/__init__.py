"""Find, rank, explain and fix the labels that are probably wrong.

    >>> import labelaudit
    >>> audit = labelaudit.detect(frame, label="y")  # doctest: +SKIP
    >>> audit.issues[0].suggested  # doctest: +SKIP
    'spam'

Nothing heavy is imported before it is used. A notebook shows an Audit as a table.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from labelaudit.types import Audit as _Audit

if TYPE_CHECKING:
    from labelaudit.audit.api import detect as detect
    from labelaudit.audit.detect import audit_dataset as audit_dataset
    from labelaudit.audit.gate import judge as judge
    from labelaudit.audit.runs import RunStore as RunStore
    from labelaudit.audit.tables import issues_frame as issues_frame
    from labelaudit.data.dataset import dataset_from_arrays as dataset_from_arrays
    from labelaudit.data.dataset import load_dataset as load_dataset
    from labelaudit.detectors import create as create_detector  # noqa: F401
    from labelaudit.evidence.collect import collect_evidence as collect_evidence
    from labelaudit.evidence.collect import evidence_from_pred_probs as evidence_from_pred_probs
    from labelaudit.evidence.oof import out_of_fold_pred_probs as out_of_fold_pred_probs
    from labelaudit.types import Audit as Audit
    from labelaudit.types import Dataset as Dataset
    from labelaudit.types import Evidence as Evidence
    from labelaudit.types import Issue as Issue
    from labelaudit.types import Scores as Scores

__version__ = "0.1.0"

_WHERE = {
    "Audit": "labelaudit.types",
    "Dataset": "labelaudit.types",
    "Evidence": "labelaudit.types",
    "Issue": "labelaudit.types",
    "RunStore": "labelaudit.audit.runs",
    "Scores": "labelaudit.types",
    "audit_dataset": "labelaudit.audit.detect",
    "collect_evidence": "labelaudit.evidence.collect",
    "create_detector": "labelaudit.detectors:create",
    "dataset_from_arrays": "labelaudit.data.dataset",
    "detect": "labelaudit.audit.api",
    "evidence_from_pred_probs": "labelaudit.evidence.collect",
    "issues_frame": "labelaudit.audit.tables",
    "judge": "labelaudit.audit.gate",
    "load_dataset": "labelaudit.data.dataset",
    "out_of_fold_pred_probs": "labelaudit.evidence.oof",
}

__all__ = ["__version__", *_WHERE]  # noqa: PLE0604


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _WHERE:
        raise AttributeError(f"module 'labelaudit' has no attribute {name!r}")
    module, _, attribute = _WHERE[name].partition(":")
    return getattr(import_module(module), attribute or name)


def __dir__() -> list[str]:
    return sorted(__all__)


def _as_html(audit: _Audit) -> str:
    shown: str = import_module("labelaudit.report.notebook").as_html(audit)
    return shown


# The nouns lie too low to know of reports, and a notebook looks for a method of the object.
# Here, above all the rooms, the two meet.
_Audit._repr_html_ = _as_html  # type: ignore[attr-defined]
