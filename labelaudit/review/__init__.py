"""The human loop: a queue of rows to judge, and the decisions read back."""
