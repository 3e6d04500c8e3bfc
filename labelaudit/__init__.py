"""Find, rank, explain and fix the labels that are probably wrong."""

__version__ = "0.1.0"
