"""The nouns of labelaudit: frozen dataclasses carried from one layer to the next.

Shapes: n rows, K classes, d features. Arrays are read-only by convention; no function
changes one that it was given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from labelaudit.nouns import Card as Card
from labelaudit.nouns import Finding as Finding
from labelaudit.nouns import Label as Label
from labelaudit.nouns import Neighbor as Neighbor
from labelaudit.nouns import Pattern as Pattern
from labelaudit.nouns import ReliabilityBin as ReliabilityBin
from labelaudit.nouns import Sign as Sign

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float32]
    IntArray = NDArray[np.int32]
    BoolArray = NDArray[np.bool_]


class Role(StrEnum):
    """What a column is for."""

    ID = "id"
    LABEL = "label"
    TEXT = "text"
    NUMERIC = "number"
    CATEGORICAL = "category"
    DATETIME = "date"
    EMBEDDING = "embedding"
    PRED_PROB = "pred_prob"
    GROUP = "group"
    TIME = "time"
    ANNOTATOR = "annotator"
    SPLIT = "split"
    CONSTANT = "constant"
    IDENTIFIER = "identifier"
    IGNORED = "ignored"


FEATURE_ROLES = (Role.TEXT, Role.NUMERIC, Role.CATEGORICAL, Role.DATETIME, Role.EMBEDDING)
"""The roles that models learn from."""


class Severity(StrEnum):
    """How strongly the evidence speaks against a flagged label."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


SEVERITIES = (Severity.LOW, Severity.MEDIUM, Severity.HIGH)
"""Severity by its code in `Audit.severity`; -1 there means not flagged."""


class Verdict(StrEnum):
    """What kind of issue a flagged row is."""

    MISLABELLED = "mislabelled"
    AMBIGUOUS = "ambiguous"
    OUTLIER = "outlier"
    DUPLICATE = "duplicate"


VERDICTS = (Verdict.MISLABELLED, Verdict.AMBIGUOUS, Verdict.OUTLIER, Verdict.DUPLICATE)
"""Verdict by its code in `Audit.verdict`; -1 there means not flagged."""


@dataclass(frozen=True)
class Notice:
    """Something the user should know about the data or the run.

    Attributes
    ----------
    code : str
        Stable, machine-readable, e.g. ``"rare-classes"``.
    message : str
        One or two sentences.
    hint : str
        What to do about it; empty when there is nothing to do.
    """

    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written, so that it can be written the same way again.

    Attributes
    ----------
    encoding : str
        A Python codec name, e.g. ``"utf-8"``; never includes the byte order mark.
    bom : bytes
        The byte order mark the file starts with, or empty.
    delimiter : str
        One character.
    quotechar : str
        One character.
    newline : str
        The line ending of the header line.
    """

    encoding: str = "utf-8"
    bom: bytes = b""
    delimiter: str = ","
    quotechar: str = '"'
    newline: str = "\n"


@dataclass(frozen=True)
class Source:
    """Where a table came from.

    Attributes
    ----------
    path : str
        As the user gave it; ``"-"`` for stdin, ``"<memory>"`` for a table in memory.
    format : str
        ``"csv"``, ``"parquet"`` or ``"memory"``.
    size : int
        Bytes.
    sha256 : str
        Of the bytes of the file.
    dialect : Dialect or None
        For CSV only.
    """

    path: str
    format: str
    size: int
    sha256: str
    dialect: Dialect | None = None


@dataclass(frozen=True)
class Column:
    """One column and what it is for.

    Attributes
    ----------
    name : str
        As in the file.
    role : Role
        What it is used as.
    reason : str
        Why that role, for the user: ``"name"``, ``"--text"``, ``"1 value"``.
    """

    name: str
    role: Role
    reason: str


@dataclass(frozen=True)
class Schema:
    """What each column of a table is, in file order."""

    columns: tuple[Column, ...]

    def names(self, *roles: Role) -> tuple[str, ...]:
        """Names of the columns of these roles, in file order."""
        return tuple(column.name for column in self.columns if column.role in roles)

    def one(self, role: Role) -> str | None:
        """Name of the only column of a role, or None."""
        names = self.names(role)
        return names[0] if names else None

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the columns models learn from, in file order."""
        return self.names(*FEATURE_ROLES)


@dataclass(frozen=True)
class Dataset:
    """The rows as read, and what each column is.

    Attributes
    ----------
    table : pyarrow.Table
        Exactly what was read; every column of a CSV file is text.
    row_id : ndarray of str, shape (n,), dtype object
        The id column as text, or the fingerprint with an occurrence number
        (``"9f2c…#0"``); unique.
    fingerprint : ndarray of uint64, shape (n,)
        Content hash of a row without its id and label.
    feature_key : ndarray of uint64, shape (n,), or None
        Content hash of the feature columns alone: rows that share it look the same to
        every model. None without feature columns.
    y : ndarray of int32, shape (n,)
        Index into `classes`; -1 where the label is missing.
    classes : tuple of Label, length K
        In sorted order.
    schema : Schema
    source : Source
    notices : tuple of Notice
        What reading it brought to light.
    line : ndarray of int64, shape (n,), or None
        1-based line of the file that a row starts on; None for Parquet and for tables in
        memory, which have no lines.
    """

    table: pa.Table
    row_id: NDArray[np.object_]
    fingerprint: NDArray[np.uint64]
    feature_key: NDArray[np.uint64] | None
    y: IntArray
    classes: tuple[Label, ...]
    schema: Schema
    source: Source
    notices: tuple[Notice, ...] = ()
    line: NDArray[np.int64] | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows, those without a label included."""
        return len(self.y)


@dataclass(frozen=True)
class ModelReport:
    """How one model did out of fold.

    Attributes
    ----------
    name : str
    accuracy : float
        Out-of-fold share of rows whose given label is the most probable one, in [0, 1].
    log_loss : float
        Mean out-of-fold cross-entropy of the given labels, in nats.
    temperature : float
        What its log-probabilities were divided by; 1 leaves them as they are.
    """

    name: str
    accuracy: float
    log_loss: float
    temperature: float = 1.0


@dataclass(frozen=True)
class PlantedEvidence:
    """What models say of rows among which errors were planted.

    Attributes
    ----------
    rows : ndarray of int64, shape (m,)
        Which rows were judged again.
    y : ndarray of int32, shape (m,)
        Their labels after planting.
    planted : ndarray of bool, shape (m,)
        Where that is a planted error; the other labels may be wrong as they came.
    pred_probs : ndarray of float32, shape (m, K)
        Out-of-fold, from models that learned from the labels after planting.
    """

    rows: NDArray[np.int64]
    y: IntArray
    planted: BoolArray
    pred_probs: FloatArray


@dataclass(frozen=True)
class Evidence:
    """What models have to say about every row, computed once.

    Attributes
    ----------
    pred_probs : ndarray of float32, shape (n, K), or None
        Out-of-fold; rows sum to 1; a row of NaN was not judged.
    per_model : mapping of str to ndarray of float32, shape (n, K)
    fold : ndarray of int32, shape (n,), or None
        The fold a row was held out in (of the first repeat); -1 where it was in none.
    neighbors : ndarray of int32, shape (n, m), or None
    distances : ndarray of float32, shape (n, m), or None
    dynamics : ndarray of float32, shape (E, n, K), or None
    planted : PlantedEvidence or None
        What became of errors planted on purpose.
    models : tuple of ModelReport
    provenance : str
        ``"out-of-fold"`` when labelaudit made the probabilities, ``"user"`` when they
        were given.
    notices : tuple of Notice
    """

    pred_probs: FloatArray | None = None
    per_model: Mapping[str, FloatArray] = field(default_factory=dict)
    fold: IntArray | None = None
    neighbors: IntArray | None = None
    distances: FloatArray | None = None
    dynamics: FloatArray | None = None
    planted: PlantedEvidence | None = None
    models: tuple[ModelReport, ...] = ()
    provenance: str = "out-of-fold"
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Scores:
    """One detector's opinion of every row.

    Attributes
    ----------
    code : str
        The detector's name in the catalogue.
    suspicion : ndarray of float32, shape (n,)
        In [0, 1], higher is worse; NaN abstains.
    flagged : ndarray of bool, shape (n,)
    suggested : ndarray of int32, shape (n,)
        Index into `Dataset.classes`; -1 for none.
    details : mapping
        Small facts for the report: thresholds, counts.
    error_probability : ndarray of float32, shape (n,), or None
        Calibrated, in [0, 1], NaN where it abstains. A detector that gives one decides
        the ranking and what is flagged; the others then corroborate.
    """

    code: str
    suspicion: FloatArray
    flagged: BoolArray
    suggested: IntArray
    details: Mapping[str, Any] = field(default_factory=dict)
    error_probability: FloatArray | None = None


@dataclass(frozen=True)
class Issue:
    """One row that surfaced, with what a person needs to judge it.

    Attributes
    ----------
    rank : int
        From 1, the most suspicious first.
    row_id : str
    row : int
        0-based position among the data rows of the file.
    given, suggested : Label or None
        `suggested` is None where no detector proposes a class.
    given_confidence, suggested_confidence : float
        Out-of-fold probability of either, in [0, 1]; NaN when unknown.
    suspicion : float
        In [0, 1], higher is worse.
    error_probability : float
        Estimated probability that the given label is wrong, in [0, 1].
    severity : Severity
    verdict : Verdict
    detectors : tuple of str
        Those that flag the row.
    excerpt : str
        The row in short, on one line.
    explanation : str
        Why it is flagged, in words.
    line : int or None
        1-based line of the file that the row starts on; None where it has no lines.
    """

    rank: int
    row_id: str
    row: int
    given: Label
    suggested: Label | None
    given_confidence: float
    suggested_confidence: float
    suspicion: float
    error_probability: float
    severity: Severity
    verdict: Verdict
    detectors: tuple[str, ...]
    excerpt: str
    explanation: str
    line: int | None = None


@dataclass(frozen=True)
class Rate:
    """An estimated share of rows with its interval, all in [0, 1].

    `basis` says what the interval stands for: sampling error, or the range over
    estimators.
    """

    estimate: float
    low: float
    high: float
    basis: str


@dataclass(frozen=True)
class ClassSummary:
    """What was found in one class of given labels.

    `accuracy` is the out-of-fold share of its rows that the models give the same label;
    NaN when none was judged. `n` counts labelled rows, `judged` those with an opinion.
    """

    label: Label
    n: int
    judged: int
    flagged: int
    high: int
    accuracy: float


@dataclass(frozen=True)
class PairSummary:
    """How many flagged rows carry the label `given` where `suggested` is proposed."""

    given: Label
    suggested: Label
    flagged: int
    share_of_given: float


@dataclass(frozen=True)
class Band:
    """Rows whose error probability lies in [low, high), on planted errors and in this run.

    Attributes
    ----------
    low, high : float
        In [0, 1]; the last band includes 1.
    flagged : int
        Rows of this run.
    rows, planted : int
        Rows of the run on planted errors, and how many of those were planted. The others
        may be wrong as they came: ``planted / rows`` is a lower bound of the precision.
    found : float
        Share of all planted errors that lie in this band or a higher one.
    """

    low: float
    high: float
    flagged: int
    rows: int
    planted: int
    found: float


@dataclass(frozen=True)
class Measured:
    """How well errors planted into this very data were found.

    Attributes
    ----------
    planted, rows : int
        Errors planted, among how many rows judged again.
    auroc : float
        Chance that a planted error ranks above another row, in [0, 1]; 0.5 is guessing.
    recall, precision : float
        Share of the planted errors that would be flagged; share of the rows then flagged
        that were planted, a lower bound; NaN where nothing was flagged.
    bands : tuple of Band
        Highest first.
    """

    planted: int
    rows: int
    auroc: float
    recall: float
    precision: float
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Verified:
    """What people found in a random sample of the run's rows.

    Attributes
    ----------
    sample : str
        Which sample they judged.
    reviewed, flagged_reviewed : int
        Rows judged, and those of them that the run flags.
    precision : Rate
        Share of the flagged labels that are wrong.
    missed : Rate
        Share of all wrong labels that are not flagged.
    noise_rate : Rate
        Share of the judged rows whose label is wrong.
    """

    sample: str
    reviewed: int
    flagged_reviewed: int
    precision: Rate
    missed: Rate
    noise_rate: Rate


@dataclass(frozen=True)
class Round:
    """One round of fitting without the rows flagged before.

    Attributes
    ----------
    left_out : int
        Rows that nobody learned from.
    flagged, entered, left : int
        Rows flagged afterwards; newly so; no longer so.
    overlap : float
        Share of the rows at the top of the ranking (as many as are flagged) that stood
        there before, in [0, 1]; NaN where nothing is flagged.
    """

    left_out: int
    flagged: int
    entered: int
    left: int
    overlap: float


@dataclass(frozen=True)
class Summary:
    """The run in numbers.

    Attributes
    ----------
    rows, labelled, missing, judged, flagged : int
        `judged` rows have a label and an opinion of the models; rates are shares of them.
    by_severity, by_verdict : mapping of str to int
    flagged_rate, noise_rate : Rate
        Share of the judged rows flagged (95 % Wilson interval); estimated share of wrong
        labels (range over `noise_rate_estimates`).
    noise_rate_estimates : mapping of str to float
    accuracy : float
        Out-of-fold, against the given labels, in [0, 1].
    majority : float
        Share of the largest class: the accuracy of knowing nothing.
    balanced_accuracy : float
        Mean over classes of the out-of-fold recall.
    blind : str
        Why the run cannot see errors; empty when it can.
    classes : tuple of ClassSummary
    pairs : tuple of PairSummary
        Most frequent first.
    measured : Measured or None
        None where nothing could be planted, as with the user's own probabilities.
    rounds : tuple of Round
        Empty unless rounds were asked for.
    accepted : int
        Rows that would be flagged, had nobody put on record that their label is right.
    verified : Verified or None
        What people found since, where a sample was judged.
    reliability : tuple of ReliabilityBin
        The models' confidence against the given labels; empty without models.
    """

    rows: int
    labelled: int
    missing: int
    judged: int
    flagged: int
    by_severity: Mapping[str, int]
    by_verdict: Mapping[str, int]
    flagged_rate: Rate
    noise_rate: Rate
    noise_rate_estimates: Mapping[str, float]
    accuracy: float
    majority: float
    balanced_accuracy: float
    blind: str
    classes: tuple[ClassSummary, ...]
    pairs: tuple[PairSummary, ...]
    measured: Measured | None = None
    rounds: tuple[Round, ...] = ()
    accepted: int = 0
    verified: Verified | None = None
    reliability: tuple[ReliabilityBin, ...] = ()


@dataclass(frozen=True)
class Audit:
    """All opinions combined: one ranking, and how far it can be trusted.

    It holds no data but the excerpts of its issues, so that a kept run gives back the
    same Audit without the file it was made from.

    Attributes
    ----------
    source : Source
    schema : Schema
    classes : tuple of Label, length K
    settings : mapping
        Every setting that has a say in the result.
    versions : mapping of str to str
        Of labelaudit and the libraries the result depends on.
    row_id : ndarray of str, shape (n,), dtype object
    fingerprint : ndarray of uint64, shape (n,)
    given, suggested : ndarray of int32, shape (n,)
        Index into `classes`; -1 for none.
    self_confidence : ndarray of float32, shape (n,)
        Out-of-fold probability of the given label; NaN when not judged.
    suspicion, error_probability : ndarray of float32, shape (n,)
        In [0, 1], higher is worse; NaN when not judged.
    flagged : ndarray of bool, shape (n,)
    accepted : ndarray of bool, shape (n,)
        Rows that would be flagged, had nobody put on record that their label is right.
    severity, verdict : ndarray of int8, shape (n,)
        Index into `SEVERITIES` and `VERDICTS`; -1 when not flagged.
    by_detector : mapping of str to ndarray of float32, shape (n,)
        The suspicion of each detector.
    order : ndarray of int64, shape (n,)
        Rows from most to least suspicious; those not judged last.
    issues : tuple of Issue
        The flagged rows, ranked.
    issue_pred_probs : ndarray of float32, shape (number of issues, K)
        Out-of-fold pred_probs of the issues, in their order; NaN where not judged.
    summary : Summary
    models : tuple of ModelReport
    notices : tuple of Notice
    findings : tuple of Finding
        What is the matter with the data apart from labels, the gravest first.
    patterns : tuple of Pattern
        Issues that belong together, the most telling first.
    cards : tuple of Card
        The evidence about the first issues, in their order.
    """

    source: Source
    schema: Schema
    classes: tuple[Label, ...]
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    row_id: NDArray[np.object_]
    fingerprint: NDArray[np.uint64]
    given: IntArray
    suggested: IntArray
    self_confidence: FloatArray
    suspicion: FloatArray
    error_probability: FloatArray
    flagged: BoolArray
    accepted: BoolArray
    severity: NDArray[np.int8]
    verdict: NDArray[np.int8]
    by_detector: Mapping[str, FloatArray]
    order: NDArray[np.int64]
    issues: tuple[Issue, ...]
    issue_pred_probs: FloatArray
    summary: Summary
    models: tuple[ModelReport, ...]
    notices: tuple[Notice, ...]
    findings: tuple[Finding, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    cards: tuple[Card, ...] = ()


class Kind(StrEnum):
    """What is done to a row."""

    DROP = "drop"
    DOWNWEIGHT = "downweight"
    QUEUE = "queue"
    CORRECT = "correct"
    KEEP = "keep"


class Safety(StrEnum):
    """Whether an action can lose what the data held."""

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True)
class Action:
    """What would be done to one row, and why.

    Attributes
    ----------
    row_id : str
    row : int
        0-based position in the file the plan was made for.
    kind : Kind
    before : Label
        The given label.
    after : Label or None
        The label afterwards; None where the row goes.
    weight : float
        Sample weight afterwards, 0 or more; 1 where it does not change.
    reason : str
    safety : Safety
    probabilities : tuple of float, length K, or None
        The soft label afterwards: how probable each class is, where that is given instead
        of one label.
    """

    row_id: str
    row: int
    kind: Kind
    before: Label
    after: Label | None
    weight: float
    reason: str
    safety: Safety
    probabilities: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Plan:
    """What would be done; nothing has happened yet.

    Attributes
    ----------
    strategy : str
        A name, or one for each verdict: ``"mislabelled=correct,outlier=relabel"``.
    run_id : str
        The run it rests on.
    actions : tuple of Action
        In rank order.
    skipped : mapping of str to int
        Flagged rows left alone, counted by reason.
    notices : tuple of Notice
    class_weights : mapping of Label to float
        Weight of the training rows of a class that no action names; 1 where it is not
        there. Empty unless classes are balanced.
    class_losses : mapping of Label to float
        Rows that each class loses, as the limits of classes count them.
    """

    strategy: str
    run_id: str
    actions: tuple[Action, ...]
    skipped: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    class_weights: Mapping[Label, float] = field(default_factory=dict)
    class_losses: Mapping[Label, float] = field(default_factory=dict)
