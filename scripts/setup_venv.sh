#!/bin/sh
# Make a virtual environment with labelaudit (editable) and one group of its tools.
# usage: scripts/setup_venv.sh DIRECTORY CONSTRAINTS GROUP OLDEST NEWEST [PACKAGE]
# PACKAGE is . if left out; "" leaves labelaudit itself out.
# OLDEST and NEWEST are Python 3 minor versions. uv is used when present, else venv and
# pip. PYTHON names the interpreter; without it the first fitting one on PATH is taken.
set -eu
directory=$1 constraints=$2 group=$3 oldest=$4 newest=$5 package=${6-.}
if [ "$newest" -lt 99 ]; then range="3.$oldest to 3.$newest"; else range="3.$oldest or newer"; fi

fits() {
    "$1" -c "import sys; sys.exit(not (3, $oldest) <= sys.version_info[:2] <= (3, $newest))" \
        2>/dev/null
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        fits "$PYTHON" && echo "$PYTHON" && return
        echo "error: PYTHON=$PYTHON is not Python $range" >&2
        return 1
    fi
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if fits "$name"; then echo "$name" && return; fi
    done
    echo "error: no Python $range found" >&2
    echo "hint: install one, or name it: make PYTHON=/path/to/python" >&2
    return 1
}

create() {
    rm -rf "$directory"
    if command -v uv >/dev/null 2>&1; then
        # uv fetches a Python by itself where none fits
        python=$(find_python 2>/dev/null) || python=">=3.$oldest,<3.$((newest + 1))"
        uv venv --quiet --python "$python" "$directory"
    else
        python=$(find_python)
        "$python" -m venv "$directory"
    fi
}

install() {
    if command -v uv >/dev/null 2>&1; then
        uv pip install --quiet --python "$directory/bin/python" "$@"
    else
        "$directory/bin/python" -m pip --version >/dev/null 2>&1 ||
            "$directory/bin/python" -m ensurepip >/dev/null
        # 25.1 is the first pip that knows dependency groups
        "$directory/bin/python" -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
        "$directory/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
    fi
}

if ! fits "$directory/bin/python"; then create; fi
echo "installing ${package:+labelaudit and }the $group tools into $directory" >&2
install --constraint "$constraints" --group "$group" ${package:+--editable "$package"}
touch "$directory/.stamp"
