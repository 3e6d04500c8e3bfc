"""Plant wrong labels into data that is taken to be right, in the ways labels go wrong.

The forms that need a model of the data are given a neural network's opinion
(`teacher_opinion`): that family is in no default of `labelaudit.evidence.models`, so that a
detector is not tested on the errors it would make itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.errors import InputError, SettingError, did_you_mean
from labelaudit.evidence.probabilities import sum_by_class

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labelaudit.types import BoolArray, FloatArray, IntArray

KINDS = (
    "symmetric",
    "pair",
    "class-conditional",
    "instance-dependent",
    "boundary",
    "annotator",
)
"""The forms of noise."""

RATES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)
"""The rates that the benchmark plants."""

NEEDS_X = ("instance-dependent",)
NEEDS_OPINION = ("class-conditional", "boundary", "annotator")

_SPREAD = 0.1
_CENTRES = (-3.0, 4.0)
_MOST_OF_A_CLASS = 0.9
_RATERS = 5
_FOLDS = 3
_COMPONENTS = 50
_HIDDEN = 32


@dataclass(frozen=True)
class Opinion:
    """What neural networks think of rows they have not seen.

    Attributes
    ----------
    pred_probs : ndarray of float32, shape (n, K)
        Of one network that learned from all features; rows sum to 1.
    votes : ndarray of int32, shape (A, n)
        What each of A weaker networks, given some features and some rows, would answer.
    """

    pred_probs: FloatArray
    votes: IntArray


@dataclass(frozen=True)
class Planted:
    """Labels after planting.

    Attributes
    ----------
    y : ndarray of int32, shape (n,)
    wrong : ndarray of bool, shape (n,)
        Where `y` differs from what was given; its mean is the rate that came about.
    """

    y: IntArray
    wrong: BoolArray


def plant(
    y: IntArray,
    kind: str,
    rate: float,
    *,
    n_classes: int,
    seed: int = 0,
    X: NDArray[np.floating] | None = None,
    opinion: Opinion | None = None,
) -> Planted:
    """Make some labels wrong.

    Parameters
    ----------
    y : ndarray of int32, shape (n,)
        Class codes taken to be right, in [0, K).
    kind : str
        One of `KINDS`.

        ``"symmetric"``: any other class, all alike. ``"pair"``: the next class.
        ``"class-conditional"``: by a transition matrix shaped as the network's confusions.
        ``"instance-dependent"``: by a random projection of the features (Xia et al. 2020).
        ``"boundary"``: to the runner-up of the network, sooner where it is probable.
        ``"annotator"``: to the answer of one of several weak networks that is wrong there.
    rate : float
        Expected share of wrong labels, in [0, 0.9]. The last form can fall short of it where
        the raters err less.
    n_classes : int
        K, at least 2.
    seed : int
    X : ndarray, shape (n, d), optional
        Standardised features; ``"instance-dependent"`` needs them.
    opinion : Opinion, optional
        From `teacher_opinion`; the last three of `KINDS` but one need it.

    Returns
    -------
    Planted

    Raises
    ------
    SettingError
        For an unknown kind or an impossible rate.
    InputError
        When `X` or `opinion` is needed and not given, or there are fewer than two classes.

    References
    ----------
    Xia et al.: Part-dependent Label Noise, NeurIPS 2020 (instance-dependent).
    """
    import numpy as np

    _check(kind, rate, n_classes)
    random = np.random.default_rng([seed, KINDS.index(kind), round(rate * 1000)])
    if rate == 0:
        return Planted(y.copy(), np.zeros(len(y), dtype=bool))
    if kind == "symmetric":
        noisy = _by_transition(y, _uniform(n_classes), rate, random)
    elif kind == "pair":
        noisy = _by_transition(y, np.roll(np.eye(n_classes), 1, axis=1), rate, random)
    elif kind == "instance-dependent":
        if X is None:
            raise InputError(f"{kind} noise depends on the features", hint="pass X")
        noisy = _instance_dependent(y, X, n_classes, rate, random)
    elif opinion is None:
        raise InputError(f"{kind} noise depends on a model", hint="pass teacher_opinion(X, y)")
    elif kind == "class-conditional":
        noisy = _by_transition(y, confusions(y, opinion.pred_probs), rate, random)
    elif kind == "boundary":
        noisy = _boundary(y, opinion.pred_probs, rate, random)
    else:
        noisy = _annotators(y, opinion.votes, rate, random)
    return Planted(noisy, noisy != y)


def _check(kind: str, rate: float, n_classes: int) -> None:
    if kind not in KINDS:
        raise SettingError(
            f"there is no noise of kind {kind!r}",
            hint=did_you_mean(kind, KINDS) or f"there are: {', '.join(KINDS)}",
        )
    if not 0 <= rate <= _MOST_OF_A_CLASS:
        raise SettingError(f"a noise rate of {rate} cannot be planted", hint="give 0 to 0.9")
    if n_classes < 2:  # noqa: PLR2004
        raise InputError("errors need a second class to go to", hint="give two classes or more")


def _uniform(n_classes: int) -> NDArray[np.float64]:
    import numpy as np

    shares: NDArray[np.float64] = (1 - np.eye(n_classes)) / (n_classes - 1)
    return shares


def confusions(y: IntArray, pred_probs: FloatArray) -> NDArray[np.float64]:
    """Add up what a model confuses each class with.

    Parameters
    ----------
    y : ndarray of int32, shape (n,)
    pred_probs : ndarray of float32, shape (n, K)
        Out-of-fold.

    Returns
    -------
    ndarray of float64, shape (K, K)
        Mean probability of class b on rows of class a; the diagonal is 0. Rows sum to the
        share of a that is confused, so that classes keep their relative difficulty.
    """
    import numpy as np

    n_classes = pred_probs.shape[1]
    sums = sum_by_class(y, pred_probs.astype(np.float64), n_classes)
    sums += 1e-3 / n_classes
    sums /= np.maximum(np.bincount(y, minlength=n_classes), 1)[:, None]
    np.fill_diagonal(sums, 0)
    return sums


def _by_transition(
    y: IntArray, shape: NDArray[np.float64], rate: float, random: np.random.Generator
) -> IntArray:
    """Flip by class, the off-diagonal scaled to the rate."""
    import numpy as np

    n_classes = len(shape)
    sizes = np.bincount(y, minlength=n_classes) / len(y)
    weight = shape.sum(axis=1)
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        if (np.minimum(_MOST_OF_A_CLASS, middle * weight) * sizes).sum() < rate:
            low = middle
        else:
            high = middle
    leaves = np.minimum(_MOST_OF_A_CLASS, high * weight)
    goes_to = np.cumsum(shape / np.maximum(weight, 1e-12)[:, None], axis=1)
    flips = random.random(len(y)) < leaves[y]
    drawn = (random.random(len(y))[:, None] > goes_to[y]).sum(axis=1)
    moved = np.minimum(drawn, n_classes - 1)
    noisy: IntArray = np.where(flips, moved, y).astype(np.int32)
    return noisy


def _instance_dependent(
    y: IntArray,
    X: NDArray[np.floating],
    n_classes: int,
    rate: float,
    random: np.random.Generator,
) -> IntArray:
    import numpy as np

    leaves = random.random(len(y)) < _own_rates(len(y), rate, random)
    noisy = y.astype(np.int32, copy=True)
    for code in range(n_classes):
        rows = np.flatnonzero(leaves & (y == code))
        # One matrix per class, drawn whether or not it is needed, so that rows of one
        # class do not decide what happens to another.
        projection = random.normal(size=(X.shape[1], n_classes)) / np.sqrt(X.shape[1])
        if not rows.size:
            continue
        pull = X[rows].astype(np.float64) @ projection
        pull[:, code] = -np.inf
        # The largest of these is a draw from the softmax of the pull (Gumbel).
        noisy[rows] = (pull + random.gumbel(size=pull.shape)).argmax(axis=1)
    return noisy


def _own_rates(n: int, rate: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Draw each row's own chance to be wrong, of the mean asked for."""
    from scipy.optimize import brentq
    from scipy.stats import truncnorm

    def mean(centre: float) -> float:
        return float(truncnorm.mean(-centre / _SPREAD, (1 - centre) / _SPREAD, centre, _SPREAD))

    # Cut off at 0, the normal has a mean above its centre: at low rates far above.
    centre = brentq(lambda at: mean(at) - rate, *_CENTRES)
    drawn: NDArray[np.float64] = truncnorm.rvs(
        -centre / _SPREAD,
        (1 - centre) / _SPREAD,
        centre,
        _SPREAD,
        size=n,
        random_state=random,
    )
    return drawn


def _boundary(
    y: IntArray, pred_probs: FloatArray, rate: float, random: np.random.Generator
) -> IntArray:
    import numpy as np

    others = pred_probs.astype(np.float64)
    others[np.arange(len(y)), y] = -1
    runner_up = others.argmax(axis=1)
    chance = np.maximum(others.max(axis=1), 1e-9)
    return _flip_some(y, runner_up, chance, rate, random)


def _annotators(y: IntArray, votes: IntArray, rate: float, random: np.random.Generator) -> IntArray:
    import numpy as np

    answer = votes[random.integers(0, len(votes), len(y)), np.arange(len(y))]
    return _flip_some(y, answer, (answer != y).astype(np.float64), rate, random)


def _flip_some(
    y: IntArray,
    to: NDArray[np.integer],
    chance: NDArray[np.float64],
    rate: float,
    random: np.random.Generator,
) -> IntArray:
    """Flip a share of the rows, drawn without replacement in proportion to their chance."""
    import numpy as np

    possible = np.flatnonzero(chance > 0)
    wanted = min(len(possible), round(rate * len(y)))
    # The smallest of exponentials with these rates are such a draw.
    waiting = random.exponential(size=len(possible)) / chance[possible]
    rows = possible[np.argsort(waiting, kind="stable")[:wanted]]
    noisy = y.astype(np.int32, copy=True)
    noisy[rows] = to[rows]
    return noisy


def teacher_opinion(
    X: NDArray[np.floating], y: IntArray, *, n_classes: int, seed: int = 0
) -> Opinion:
    """Ask neural networks about rows they have not seen.

    Parameters
    ----------
    X : ndarray, shape (n, d)
        Standardised features.
    y : ndarray of int32, shape (n,)
        Labels taken to be right.
    n_classes : int
        K.
    seed : int

    Returns
    -------
    Opinion
    """
    import numpy as np

    strong = _network_probs(X, y, n_classes, seed, rows=1.0, hidden=_HIDDEN)
    random = np.random.default_rng([seed, 1])
    votes = []
    for rater in range(_RATERS):
        kept = max(2, round(X.shape[1] * random.uniform(0.2, 0.7)))
        columns = np.sort(random.permutation(X.shape[1])[:kept])
        weak = _network_probs(
            X[:, columns], y, n_classes, seed + rater + 1, rows=0.3, hidden=_HIDDEN // 2
        )
        votes.append(weak.argmax(axis=1))
    return Opinion(strong, np.asarray(votes, dtype=np.int32))


def _network_probs(
    X: NDArray[np.floating], y: IntArray, n_classes: int, seed: int, *, rows: float, hidden: int
) -> FloatArray:
    """Give out-of-fold probabilities of a small network that sees a share of the rows."""
    import warnings

    import numpy as np
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    random = np.random.default_rng([seed, 2])
    fold = random.permutation(len(y)) % _FOLDS
    probs = np.full((len(y), n_classes), 1e-6, dtype=np.float32)
    with threadpool_limits(limits=1), warnings.catch_warnings():
        # A network that has not settled is a rater like any other.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for held_out in range(_FOLDS):
            train = np.flatnonzero((fold != held_out) & (random.random(len(y)) < rows))
            unseen = np.flatnonzero(fold == held_out)
            present = np.unique(y[train])
            if len(present) < 2:  # noqa: PLR2004
                probs[np.ix_(unseen, present)] += 1
                continue
            network = MLPClassifier((hidden,), max_iter=40, random_state=seed, alpha=1e-3)
            network.fit(X[train], y[train])
            probs[np.ix_(unseen, present)] += network.predict_proba(X[unseen])
    shares: FloatArray = probs / probs.sum(axis=1, keepdims=True)
    return shares


def features_for_noise(linear: object, *, seed: int = 0) -> NDArray[np.float32]:
    """Turn a feature matrix into few standardised columns.

    Parameters
    ----------
    linear : ndarray or scipy.sparse matrix, shape (n, d)
        E.g. `labelaudit.evidence.encode.Encoded.linear`.
    seed : int

    Returns
    -------
    ndarray of float32, shape (n, at most 50)
        Principal directions where there are more than 50 columns.
    """
    import numpy as np
    from scipy.sparse import issparse
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    matrix = linear
    with threadpool_limits(limits=1):
        if issparse(matrix) and matrix.shape[1] <= _COMPONENTS:  # type: ignore[attr-defined]
            matrix = matrix.toarray()  # type: ignore[attr-defined]
        elif matrix.shape[1] > _COMPONENTS:  # type: ignore[attr-defined]
            size = max(1, min(_COMPONENTS, min(matrix.shape) - 1))  # type: ignore[attr-defined]
            matrix = TruncatedSVD(size, random_state=seed).fit_transform(matrix)
        scaled: NDArray[np.float32] = StandardScaler().fit_transform(matrix).astype(np.float32)
    return scaled
