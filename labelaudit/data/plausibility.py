"""Tell whether predicted probabilities can be what they claim, from the given labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.data.probabilities import name_some
from labelaudit.errors import InputError
from labelaudit.types import Notice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import FloatArray, IntArray, Label

_IN_SAMPLE_ROWS = 200
_IN_SAMPLE_ACCURACY = 0.995
_CERTAIN = -4.0
_MUCH_BETTER = 0.2


def check_pred_probs(
    pred_probs: FloatArray, y: IntArray, classes: tuple[Label, ...], *, where: str = "pred_probs"
) -> tuple[Notice, ...]:
    """Hold probabilities against the given labels, to see whether they can be what they claim.

    Columns are in the wrong order when the predictions agree with the labels certainly
    less often than independent predictions of the same class shares would (4 standard
    errors), and another order of the columns agrees much better (by 0.2). A weak model
    agrees as often as independence, a model that favours rare classes too, so neither is
    refused.

    Probabilities are suspected to be in-sample when they agree with more than 99.5 % of
    200 or more labels: predictions for rows a model has not seen cannot agree with the
    labels that are wrong, and few data sets have under 0.5 % of those. How confident they
    are does not matter: a forest is modest about the very rows it has learned by heart.

    Parameters
    ----------
    pred_probs : ndarray of float32, shape (n, K)
    y : ndarray of int32, shape (n,)
        Codes of the given labels; rows of -1 are left out.
    classes : tuple of Label, length K
    where : str
        What to name in an error.

    Returns
    -------
    tuple of Notice

    Raises
    ------
    InputError
        When the columns are in the wrong order.
    """
    import numpy as np

    labelled = (y >= 0) & np.isfinite(pred_probs).all(axis=1)
    given = y[labelled]
    if not len(given):
        return ()
    guess = pred_probs[labelled].argmax(axis=1)
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(counts, (given, guess), 1)
    accuracy = float((given == guess).mean())
    notices = _order_notices(counts, accuracy, classes, where)
    if len(given) >= _IN_SAMPLE_ROWS and accuracy > _IN_SAMPLE_ACCURACY:
        notices = (*notices, _in_sample(accuracy))
    return notices


def _order_notices(
    counts: NDArray[np.int64], accuracy: float, classes: tuple[Label, ...], where: str
) -> tuple[Notice, ...]:
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    n = counts.sum()
    chance = float((counts.sum(axis=0) * counts.sum(axis=1)).sum() / n**2)
    below = (accuracy - chance) / max(np.sqrt(chance * (1 - chance) / n), 1e-12)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    best = float(counts[rows, columns].sum() / n)
    if best - accuracy < _MUCH_BETTER:
        return ()
    moved = [
        f"{classes[row]} in the column of {classes[column]}"
        for row, column in zip(rows, columns, strict=True)
        if row != column and counts[row, column]
    ]
    if below < _CERTAIN:
        raise InputError(
            f"the columns of the probabilities are in the wrong order: they agree with"
            f" {accuracy:.1%} of the labels where chance gives {chance:.1%}, and another order"
            f" with {best:.1%}",
            where=where,
            hint=f"it seems you have {name_some(moved)}; name the columns after the classes",
        )
    if n * (best - accuracy) ** 2 < -_CERTAIN * len(classes):
        return ()
    return (
        Notice(
            "doubtful-class-order",
            f"the probabilities agree with {accuracy:.1%} of the labels, and with {best:.1%}"
            f" if the columns stood in another order: {name_some(moved)}",
            "make sure that the columns are named after the right classes",
        ),
    )


def _in_sample(accuracy: float) -> Notice:
    return Notice(
        "in-sample",
        f"the probabilities agree with {accuracy:.2%} of the labels, which is suspiciously"
        " often: a model that was trained on these rows repeats their wrong labels",
        "use out-of-fold probabilities (cross_val_predict), or let labelaudit make them",
    )
