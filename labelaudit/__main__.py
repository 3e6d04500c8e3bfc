"""``python -m labelaudit``."""

from labelaudit.cli.main import main

main()
