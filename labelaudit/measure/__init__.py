"""Measuring how well errors are found: noise that is planted, and its bookkeeping."""
