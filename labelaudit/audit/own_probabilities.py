"""The user's own probabilities as evidence, once they are found fit for it."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from labelaudit.types import Dataset, Evidence


def own_evidence(pred_probs: str | PathLike[str] | ArrayLike, data: Dataset) -> Evidence:
    """Take a file or an array of probabilities in place of any model.

    Parameters
    ----------
    pred_probs : str, path or array-like of shape (n, K)
        Out-of-sample. The columns of an array are the classes in sorted order.
    data : Dataset
        n rows, K classes.

    Returns
    -------
    Evidence

    Raises
    ------
    InputError
        When they are no probabilities, do not fit the data, or stand in the wrong order.
    """
    from labelaudit.data.plausibility import check_pred_probs
    from labelaudit.data.probabilities import read_pred_probs, validate_pred_probs
    from labelaudit.evidence.collect import evidence_from_pred_probs

    if isinstance(pred_probs, str | PathLike):
        checked, notices = read_pred_probs(pred_probs, data.classes, data.n_rows, data.row_id)
        where = str(pred_probs)
    else:
        checked, notices = validate_pred_probs(pred_probs, data.classes, data.n_rows), ()
        where = "pred_probs"
    notices += check_pred_probs(checked, data.y, data.classes, where=where)
    return evidence_from_pred_probs(checked, data, notices=notices)
