"""The models that can be asked, by name, and the user's own by import path.

`MODELS` lists them without importing scikit-learn; `resolve_models` picks. The defaults per
modality were chosen by measurement, not by taste: see docs/decisions/0006-default-models.md.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from labelaudit.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

TEXT, TABLE, EMBEDDING, MIXED = "text", "table", "embedding", "mixed"
Block = Literal["linear", "trees", "directions", "pairs", "characters", "text"]
EFFORTS = ("fast", "default", "thorough")


@dataclass(frozen=True)
class Size:
    """How much a model is going to see.

    Attributes
    ----------
    n_rows : int
        Labelled rows.
    n_classes : int
    n_features : int
    modality : str
        ``"text"``, ``"table"``, ``"embedding"`` or ``"mixed"``.
    """

    n_rows: int
    n_classes: int
    n_features: int
    modality: str


@dataclass(frozen=True)
class ModelSpec:
    """What the registry says of a model.

    Attributes
    ----------
    name : str
    summary : str
        One line.
    modalities : tuple of str
        What it can be used on.
    factory : callable
        Takes a `Size`, gives an unfitted scikit-learn classifier without a seed.
    block : str
        Which matrix it learns from, see `blocks.Blocks`.
    custom : bool
        True for the user's own, whose faults are the user's to mend.
    """

    name: str
    summary: str
    modalities: tuple[str, ...]
    factory: Callable[[Size], Any]
    block: Block = "linear"
    custom: bool = False


def _logreg(size: Size, class_weight: str | None, text_strength: float) -> Any:  # noqa: ANN401
    from sklearn.linear_model import LogisticRegression

    strength = {TEXT: text_strength, MIXED: text_strength, TABLE: 1.0, EMBEDDING: 0.01}
    # 1e-3 ends where the ranking no longer changes, in a third of the time of the default.
    return LogisticRegression(
        C=strength[size.modality], class_weight=class_weight, tol=1e-3, max_iter=200
    )


def _plain_logreg(size: Size) -> Any:  # noqa: ANN401
    return _logreg(size, None, 3.0)


def _balanced_logreg(size: Size) -> Any:  # noqa: ANN401
    return _logreg(size, "balanced", 1.0)


def _balanced_logreg_on_text(size: Size) -> Any:  # noqa: ANN401
    return _logreg(size, "balanced", 0.3)


def _complement_nb(size: Size) -> Any:  # noqa: ANN401, ARG001
    from sklearn.naive_bayes import ComplementNB

    return ComplementNB()


def _boosting(size: Size, class_weight: str | None) -> Any:  # noqa: ANN401
    from sklearn.ensemble import HistGradientBoostingClassifier

    # One tree per class and round: many classes get fewer rounds, not more hours.
    rounds = 60 if size.n_classes <= 10 else max(15, 600 // size.n_classes)  # noqa: PLR2004
    # Unregularised boosting is badly over-confident on classes of a few rows.
    return HistGradientBoostingClassifier(
        l2_regularization=1.0,
        max_leaf_nodes=15,
        max_iter=rounds,
        early_stopping=False,
        class_weight=class_weight,
    )


def _plain_boosting(size: Size) -> Any:  # noqa: ANN401
    return _boosting(size, None)


def _balanced_boosting(size: Size) -> Any:  # noqa: ANN401
    return _boosting(size, "balanced")


def _extra_trees(size: Size, class_weight: str | None) -> Any:  # noqa: ANN401
    from sklearn.ensemble import ExtraTreesClassifier

    # Beyond this a tree sees a sample, so that time grows with the number of rows
    # predicted, not with the number fitted.
    largest, many = 10_000, 20_000
    sampled = size.n_rows > many
    return ExtraTreesClassifier(
        n_estimators=60 if sampled else 100,
        min_samples_leaf=3,
        class_weight=class_weight,
        bootstrap=sampled,
        max_samples=largest if sampled else None,
    )


def _plain_extra_trees(size: Size) -> Any:  # noqa: ANN401
    return _extra_trees(size, None)


def _balanced_extra_trees(size: Size) -> Any:  # noqa: ANN401
    return _extra_trees(size, "balanced")


def _sampled_extra_trees(size: Size) -> Any:  # noqa: ANN401
    from sklearn.ensemble import ExtraTreesClassifier

    largest = 2_500
    sampled = size.n_rows > largest
    return ExtraTreesClassifier(
        n_estimators=30 if sampled else 50,
        min_samples_leaf=3,
        bootstrap=sampled,
        max_samples=largest if sampled else None,
    )


def _ridge(size: Size) -> Any:  # noqa: ANN401
    from sklearn.linear_model import RidgeClassifier

    return RidgeClassifier(alpha=float(max(1, size.n_features)))


def _knn(size: Size) -> Any:  # noqa: ANN401
    from sklearn.neighbors import KNeighborsClassifier

    # A class of a few rows must be able to win its own neighbourhood.
    neighbors = max(1, min(30, size.n_rows // (4 * size.n_classes)))
    return KNeighborsClassifier(neighbors, metric="cosine", algorithm="brute")


def _knn_of_unit_vectors(size: Size) -> Any:  # noqa: ANN401
    # Among vectors of length 1 Euclidean distance orders as the cosine does, and
    # scikit-learn searches by it without a table of all distances.
    return _knn(size).set_params(metric="euclidean")


MODELS: dict[str, ModelSpec] = {
    spec.name: spec
    for spec in (
        ModelSpec(
            "logreg",
            "logistic regression",
            (TEXT, TABLE, EMBEDDING, MIXED),
            _plain_logreg,
        ),
        ModelSpec(
            "logreg-balanced",
            "logistic regression, classes weighted alike",
            (TEXT, TABLE, EMBEDDING, MIXED),
            _balanced_logreg,
        ),
        ModelSpec(
            "logreg-balanced-text",
            "logistic regression on words, pairs and characters, classes weighted alike",
            (TEXT, MIXED),
            _balanced_logreg_on_text,
            "text",
        ),
        ModelSpec(
            "complement-nb",
            "complement naive Bayes on words and pairs of words",
            (TEXT, MIXED),
            _complement_nb,
            "pairs",
        ),
        ModelSpec(
            "complement-nb-characters",
            "complement naive Bayes on runs of characters",
            (TEXT, MIXED),
            _complement_nb,
            "characters",
        ),
        ModelSpec(
            "boosting",
            "gradient boosted trees, regularised",
            (TABLE, EMBEDDING, MIXED),
            _plain_boosting,
            "trees",
        ),
        ModelSpec(
            "boosting-balanced",
            "gradient boosted trees, classes weighted alike",
            (TABLE, EMBEDDING, MIXED),
            _balanced_boosting,
            "trees",
        ),
        ModelSpec(
            "extra-trees",
            "extremely randomised trees",
            (TABLE, EMBEDDING, MIXED),
            _plain_extra_trees,
            "trees",
        ),
        ModelSpec(
            "extra-trees-sampled",
            "extremely randomised trees, few and each on at most 2,500 rows",
            (TABLE, EMBEDDING, MIXED),
            _sampled_extra_trees,
            "trees",
        ),
        ModelSpec(
            "extra-trees-balanced",
            "extremely randomised trees, classes weighted alike",
            (TABLE, EMBEDDING, MIXED),
            _balanced_extra_trees,
            "trees",
        ),
        ModelSpec("ridge", "least squares on the classes", (TEXT, TABLE, EMBEDDING), _ridge),
        ModelSpec("knn", "the 30 nearest rows by cosine", (TEXT, TABLE, EMBEDDING), _knn),
        ModelSpec(
            "knn-directions",
            "the 30 nearest rows by the angle between embeddings",
            (EMBEDDING,),
            _knn_of_unit_vectors,
            "directions",
        ),
    )
}
"""The models that come with labelaudit."""

DEFAULTS: dict[str, dict[str, tuple[str, ...]]] = {
    "fast": {
        TEXT: ("logreg", "logreg-balanced", "complement-nb"),
        TABLE: ("extra-trees-sampled", "logreg"),
        EMBEDDING: ("logreg-balanced", "ridge"),
        MIXED: ("logreg", "logreg-balanced"),
    },
    "default": {
        TEXT: ("logreg", "logreg-balanced-text", "complement-nb", "complement-nb-characters"),
        TABLE: ("boosting", "extra-trees", "logreg"),
        EMBEDDING: ("logreg-balanced", "knn-directions"),
        MIXED: ("logreg", "logreg-balanced", "boosting"),
    },
}
DEFAULTS["thorough"] = DEFAULTS["default"]
"""Which models are asked when none is named, by effort; their opinions are averaged."""

KNN_ROWS = 20_000
"""Above this exact neighbours cost more than all other models together."""

TEXT_CLASSES = 20
"""Above this many classes a linear model of words and characters takes long."""


def resolve_models(
    names: tuple[str, ...],
    modality: str,
    *,
    n_rows: int = 0,
    n_classes: int = 2,
    effort: str = "default",
) -> tuple[ModelSpec, ...]:
    """Pick models by name or import path.

    Parameters
    ----------
    names : tuple of str
        Names in `MODELS`, or ``"path.to:factory"``: a scikit-learn classifier, its class or
        a function without arguments that makes one, importable from the working directory
        or ``sys.path``. Empty for the defaults of the modality.
    modality : str
        ``"text"``, ``"table"``, ``"embedding"`` or ``"mixed"``.
    n_rows, n_classes : int
        Leave out the defaults that would take too long on so many.
    effort : str
        One of `EFFORTS`; has no say where models are named.

    Returns
    -------
    tuple of ModelSpec
        Without repetitions.

    Raises
    ------
    SettingError
        For an unknown name, a model that does not fit the modality, or an import path that
        does not lead to a classifier.
    """
    if not names:
        names = DEFAULTS[effort][modality]
        if n_rows > KNN_ROWS:
            names = _instead(names, "knn-directions", "ridge")
        if n_classes > TEXT_CLASSES:
            names = _instead(names, "logreg-balanced-text", "logreg-balanced")
    return tuple(_resolve(name, modality) for name in dict.fromkeys(names))


def check_names(names: Iterable[str]) -> None:
    """Refuse names that no model has; what an import path leads to is not looked at.

    Parameters
    ----------
    names : iterable of str

    Raises
    ------
    SettingError
        For the first unknown one.
    """
    for name in names:
        if ":" not in name:
            _refuse_unknown(name, MODELS)


def _refuse_unknown(name: str, fitting: Iterable[str]) -> None:
    if name in MODELS:
        return
    listed = f"there are: {', '.join(fitting)}; or path.to:factory for your own"
    close = did_you_mean(name, MODELS)
    raise SettingError(
        f"there is no model {name!r}",
        where="--model",
        hint=f"{close} {listed}" if close else listed,
    )


def _instead(names: tuple[str, ...], dear: str, cheap: str) -> tuple[str, ...]:
    return tuple(cheap if name == dear else name for name in names)


def _resolve(name: str, modality: str) -> ModelSpec:
    if ":" in name:
        estimator = load_estimator(name)
        return ModelSpec(name, "your own", (modality,), lambda _: estimator, custom=True)
    _refuse_unknown(name, (one.name for one in MODELS.values() if modality in one.modalities))
    spec = MODELS[name]
    if modality not in spec.modalities:
        fitting = [other.name for other in MODELS.values() if modality in other.modalities]
        raise SettingError(
            f"the model {name!r} does not work on {modality} features",
            where="--model",
            hint=f"these do: {', '.join(fitting)}",
        )
    return spec


def load_estimator(path: str) -> Any:  # noqa: ANN401
    """Import the user's own scikit-learn classifier.

    Parameters
    ----------
    path : str
        ``"module:attribute"``.

    Returns
    -------
    estimator
        Unfitted; has `fit`, and `predict_proba` or `decision_function`.

    Raises
    ------
    SettingError
        When it cannot be imported, cannot be made or is not a classifier.
    """
    module_name, _, attributes = path.partition(":")
    if not module_name or not attributes:
        raise SettingError(
            f"{path!r} names no model",
            where="--model",
            hint="write it as path.to:factory, for example my_models:make_forest",
        )
    with _working_directory_importable():
        try:
            found: Any = import_module(module_name)
        except Exception as error:
            raise SettingError(
                f"the module {module_name!r} cannot be imported: {_one_line(error)}",
                where=f"--model {path}",
                hint="run from the directory that holds it, or install it",
            ) from error
        for attribute in attributes.split("."):
            if not hasattr(found, attribute):
                raise SettingError(
                    f"{module_name!r} has no {attributes!r}",
                    where=f"--model {path}",
                    hint=did_you_mean(attribute, dir(found)) or "check the name after the colon",
                )
            found = getattr(found, attribute)
        return _checked(_made(found, path), path)


def _made(found: Any, path: str) -> Any:  # noqa: ANN401
    """Call a class or a factory; an estimator is taken as it is."""
    if not isinstance(found, type) and hasattr(found, "fit"):
        return found
    if not callable(found):
        raise _not_a_classifier(found, path)
    try:
        return found()
    except Exception as error:
        raise SettingError(
            f"the factory of the model fails: {_one_line(error)}",
            where=f"--model {path}",
            hint="it is called without arguments and must return an unfitted classifier",
        ) from error


def _checked(estimator: Any, path: str) -> Any:  # noqa: ANN401
    is_class = isinstance(estimator, type)
    if is_class or not callable(getattr(estimator, "fit", None)):
        raise _not_a_classifier(estimator, path)
    if not any(hasattr(estimator, way) for way in ("predict_proba", "decision_function")):
        raise SettingError(
            f"{type(estimator).__name__} has neither predict_proba nor decision_function",
            where=f"--model {path}",
            hint="choose a classifier that gives probabilities",
        )
    return estimator


def _not_a_classifier(found: Any, path: str) -> SettingError:  # noqa: ANN401
    return SettingError(
        f"{type(found).__name__} is not a scikit-learn classifier",
        where=f"--model {path}",
        hint="give an estimator with fit and predict_proba, its class, or a function making one",
    )


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


@contextmanager
def _working_directory_importable() -> Iterator[None]:
    """Look for modules where the user stands, as ``python -m`` does."""
    # An empty entry means the working directory; a run from a console script lacks it.
    sys.path.insert(0, "")
    try:
        yield
    finally:
        sys.path.remove("")
