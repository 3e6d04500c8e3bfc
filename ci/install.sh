#!/usr/bin/env bash
# Install labelaudit from the checkout that this file lies in, into an environment of its own.
# usage: ci/install.sh DIRECTORY
# AUDIT_PYTHON names the interpreter, python3 if left out. Prints the new interpreter's path.
set -euo pipefail
directory=$1
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"${AUDIT_PYTHON:-python3}" -m venv "$directory"
python=$directory/bin/python
# On Windows
if [ -d "$directory/Scripts" ]; then python=$directory/Scripts/python.exe; fi
"$python" -m pip install --quiet --disable-pip-version-check \
    --constraint "$checkout/constraints.txt" "$checkout" >&2
echo "$python"
