"""Fixing: plan what would be done, do it, and keep a record of it."""
