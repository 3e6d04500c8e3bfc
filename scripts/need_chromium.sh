#!/bin/sh
# See that there is a browser for the tests; else say how to get one.
# usage: scripts/need_chromium.sh [PATH]
set -eu
for name in "${1:-}" chromium chromium-browser google-chrome; do
    if [ -n "$name" ] && command -v "$name" >/dev/null; then exit 0; fi
done
echo "error: no chromium found" >&2
echo "hint: install it (apt-get install chromium), or name it: make CHROMIUM=/path/to/chromium" >&2
exit 2
