"""Measure labelaudit itself."""
