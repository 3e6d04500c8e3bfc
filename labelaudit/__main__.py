"""The command, also as ``python -m labelaudit``: light, so that Ctrl-C finds it ready."""

from __future__ import annotations

import os
import sys

from labelaudit.cli.interrupted import CODE, MESSAGE


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        # Here, since whoever presses Ctrl-C meanwhile is not to see where it was.
        from labelaudit.cli.main import main as run_command

        run_command()
    except KeyboardInterrupt:
        sys.stdout.flush()
        sys.stderr.write(f"{MESSAGE}\n")
        sys.stderr.flush()
        os._exit(CODE)


if __name__ == "__main__":
    main()
