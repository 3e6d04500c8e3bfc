"""Score a CSV of ranked issues against the truth: ``score.py reviews ISSUES.csv``."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

HERE = Path(__file__).parent
CUTS = (10, 50, 100, 500)


def read_errors(name: str) -> dict[str, bool]:
    """Tell for each row id of a sample set whether its label is wrong."""
    with (HERE / f"{name}.truth.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["is_error"] == "1" for row in csv.DictReader(file)}


def read_ranking(path: Path) -> list[str]:
    """Give the row ids of the issues, the most suspicious first."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["rank"]))
    return [row["row_id"] for row in rows]


def score(errors: dict[str, bool], ranking: list[str]) -> list[tuple[str, str]]:
    """Give what was found, line by line, as a name and a figure."""
    hits = [errors[key] for key in ranking]
    total = sum(errors.values())
    cuts = [cut for cut in CUTS if cut < len(hits)] + [len(hits)]
    return [
        ("rows", f"{len(errors):,}"),
        ("labels that are wrong", f"{total:,} ({total / len(errors):.1%})"),
        ("rows flagged", f"{len(hits):,}"),
        *((f"precision at {cut}", f"{sum(hits[:cut]) / cut:.2f}") for cut in cuts if cut),
        ("wrong labels flagged", f"{sum(hits):,} of {total:,} (recall {sum(hits) / total:.2f})"),
    ]


def main() -> None:
    """Print the score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=("reviews", "digits", "breast_cancer"))
    parser.add_argument("issues", type=Path, help="as written by --report csv=ISSUES.csv")
    options = parser.parse_args()
    for name, figure in score(read_errors(options.name), read_ranking(options.issues)):
        print(f"{name:<24}{figure}")


if __name__ == "__main__":
    main()
