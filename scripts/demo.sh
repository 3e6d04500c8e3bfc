#!/bin/sh
# The main job on real data: find the labels people got wrong, fix them, gate them.
# usage: scripts/demo.sh BIN_DIRECTORY
set -eu
export COLUMNS=${COLUMNS:-110}
bin=$1
data=sample_data/reviews.csv
out=demo-output
store=$out/.labelaudit

show() {
    printf '\n$ %s\n' "$*" | sed "s|$bin/||"
    "$@"
}

rm -rf "$out"
mkdir "$out"

echo "== find: $data, where 8 % of the labels are those of a rater in the minority"
show "$bin/labelaudit" detect "$data" --store "$store" --report csv="$out/issues.csv"

echo
echo "== score: what was found against the truth kept apart"
show "$bin/python" sample_data/score.py reviews "$out/issues.csv"

echo
echo "== fix: lower the weight of the doubtful rows"
show "$bin/labelaudit" fix --strategy downweight --store "$store" --output "$out/reviews.downweight.csv"
show grep -m 4 -v ',1$' "$out/reviews.downweight.csv"

echo
echo "== fix: or let a person decide, the most valuable rows first"
show "$bin/labelaudit" fix --strategy relabel --store "$store" --output "$out/queue.csv"
show head -n 3 "$out/queue.csv"

echo
echo "== gate: no more than 1 % of the rows may be flagged"
code=0
show "$bin/labelaudit" check --store "$store" --max-flagged 1% || code=$?
if [ "$code" -ne 1 ]; then
    echo "error: the gate should have failed with exit code 1, not $code" >&2
    exit 1
fi
echo
echo "the gate failed, as it should: exit 1. Everything written is in $out/."
