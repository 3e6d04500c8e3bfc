"""Write an Audit as the files of a run, and read it back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from labelaudit.audit.plain import (
    cards_from,
    findings_from,
    models_from,
    notices_from,
    patterns_from,
    schema_from,
    source_from,
    summary_from,
    to_plain,
)
from labelaudit.audit.tables import SUSPICION_PREFIX, csv_bytes, issues_table, scores_table
from labelaudit.errors import RunError
from labelaudit.types import SEVERITIES, VERDICTS, Audit, Issue, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from labelaudit.types import Label

SCORES = "scores.parquet"
ROWS = "rows.parquet"
ISSUES_CSV = "issues.csv"
ISSUES = "issues.parquet"
ISSUE_PROBS = "issue_pred_probs.parquet"
VERIFIED = "verified.json"
"""What people found in a sample; written later than the rest, and by itself."""
SUMMARY = "summary.json"
EVIDENCE = "evidence.json"
"""Findings, patterns and cards: what people look at beside the issues."""


_BESIDE = ("findings", "patterns", "cards")


def pack_manifest(audit: Audit) -> dict[str, Any]:
    """Give what the manifest tells of an Audit."""
    return {
        "source": to_plain(audit.source, exact=True),
        "settings": to_plain(dict(audit.settings), exact=True),
        "seed": audit.settings.get("seed"),
        "versions": dict(audit.versions),
        "rows": audit.summary.rows,
        "flagged": audit.summary.flagged,
        "judged": audit.summary.judged,
        "blind": audit.summary.blind,
    }


def pack_audit(audit: Audit, path: Path) -> None:
    """Write the files of a run into an existing directory.

    Parameters
    ----------
    audit : Audit
    path : Path

    Raises
    ------
    OSError
        When they cannot be written.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(scores_table(audit), path / SCORES)
    rows = {
        "fingerprint": audit.fingerprint,
        "place": np.argsort(audit.order, kind="stable"),
        "given_code": audit.given,
        "suggested_code": audit.suggested,
        "accepted": audit.accepted,
    }
    pq.write_table(pa.table(rows), path / ROWS)
    probs = pa.FixedSizeListArray.from_arrays(
        pa.array(audit.issue_pred_probs.ravel()), len(audit.classes)
    )
    pq.write_table(pa.table({"pred_probs": probs}), path / ISSUE_PROBS)
    issues = issues_table(audit)
    pq.write_table(issues, path / ISSUES)
    (path / ISSUES_CSV).write_bytes(csv_bytes(issues))
    summary = {
        "classes": list(audit.classes),
        "schema": to_plain(audit.schema, exact=True),
        "summary": to_plain(audit.summary, exact=True),
        "models": to_plain(audit.models, exact=True),
        "notices": to_plain(audit.notices, exact=True),
    }
    evidence = {name: to_plain(getattr(audit, name), exact=True) for name in _BESIDE}
    (path / EVIDENCE).write_text(json.dumps(evidence, allow_nan=False) + "\n", encoding="utf-8")
    text = json.dumps(summary, indent=2, allow_nan=False)
    (path / SUMMARY).write_text(text + "\n", encoding="utf-8")


def unpack_audit(path: Path, manifest: Mapping[str, Any]) -> Audit:
    """Read an Audit back from the files of a run.

    Parameters
    ----------
    path : Path
    manifest : mapping

    Returns
    -------
    Audit

    Raises
    ------
    RunError
        When a file is missing or damaged.
    """
    import pyarrow.parquet as pq

    try:
        summary = json.loads((path / SUMMARY).read_text(encoding="utf-8"))
        scores = pq.read_table(path / SCORES)
        rows = pq.read_table(path / ROWS)
        issues = pq.read_table(path / ISSUES)
        probs = pq.read_table(path / ISSUE_PROBS)
        summary |= json.loads((path / EVIDENCE).read_text(encoding="utf-8"))
        verified = path / VERIFIED
        if verified.is_file():
            summary["summary"]["verified"] = json.loads(verified.read_text(encoding="utf-8"))
        return _assemble(manifest, summary, scores, rows, issues, probs)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise RunError(
            f"the run is damaged: {error}", where=str(path), hint="run `labelaudit detect` again"
        ) from error


def _assemble(
    manifest: Mapping[str, Any],
    summary: Mapping[str, Any],
    scores: pa.Table,
    rows: pa.Table,
    issues: pa.Table,
    probs: pa.Table,
) -> Audit:
    import numpy as np

    classes = tuple(summary["classes"])
    order = np.empty(scores.num_rows, dtype=np.int64)
    order[rows.column("place").to_numpy()] = np.arange(scores.num_rows)
    given = rows.column("given_code").to_numpy()
    suggested = rows.column("suggested_code").to_numpy()

    def shares(name: str) -> NDArray[np.float32]:
        values: NDArray[np.float32] = scores.column(name).to_numpy().astype(np.float32)
        return values

    def levels(name: str, names: tuple[str, ...]) -> NDArray[np.int8]:
        place = {level: code for code, level in enumerate(names)} | {None: -1}
        return np.array([place[one] for one in scores.column(name).to_pylist()], dtype=np.int8)

    return Audit(
        source=source_from(manifest["source"]),
        schema=schema_from(summary["schema"]),
        classes=classes,
        settings=manifest["settings"],
        versions=manifest["versions"],
        row_id=scores.column("row_id").to_numpy(),
        fingerprint=rows.column("fingerprint").to_numpy(),
        given=given,
        suggested=suggested,
        self_confidence=shares("self_confidence"),
        suspicion=shares("suspicion"),
        error_probability=shares("error_probability"),
        flagged=scores.column("flagged").to_numpy(),
        accepted=rows.column("accepted").to_numpy(),
        severity=levels("severity", tuple(SEVERITIES)),
        verdict=levels("verdict", tuple(VERDICTS)),
        by_detector={
            name.removeprefix(SUSPICION_PREFIX): shares(name)
            for name in scores.column_names
            if name.startswith(SUSPICION_PREFIX)
        },
        order=order,
        issues=tuple(_issue(one, classes, given, suggested) for one in issues.to_pylist()),
        issue_pred_probs=_matrix(probs.column("pred_probs"), len(classes)),
        summary=summary_from(summary["summary"]),
        models=models_from(summary["models"]),
        notices=notices_from(summary["notices"]),
        findings=findings_from(summary["findings"]),
        patterns=patterns_from(summary["patterns"]),
        cards=cards_from(summary["cards"]),
    )


def _matrix(column: pa.ChunkedArray, width: int) -> NDArray[np.float32]:
    import numpy as np

    flat = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    values: NDArray[np.float32] = flat.astype(np.float32).reshape(-1, width)
    return values


def _issue(
    plain: Mapping[str, Any],
    classes: tuple[Label, ...],
    given: NDArray[np.int32],
    suggested: NDArray[np.int32],
) -> Issue:
    code = int(suggested[plain["row"]])
    confidences = {
        name: float("nan") if plain[name] is None else plain[name]
        for name in ("given_confidence", "suggested_confidence")
    }
    return Issue(
        rank=plain["rank"],
        row_id=plain["row_id"],
        row=plain["row"],
        given=classes[given[plain["row"]]],
        suggested=classes[code] if code >= 0 else None,
        **confidences,
        suspicion=plain["suspicion"],
        error_probability=plain["error_probability"],
        severity=Severity(plain["severity"]),
        verdict=Verdict(plain["verdict"]),
        detectors=tuple(plain["detectors"]),
        excerpt=plain["excerpt"],
        explanation=plain["explanation"],
        # Runs kept before lines were known have no such column.
        line=plain.get("line"),
    )
