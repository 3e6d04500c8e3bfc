"""The input doctor: what is the matter with the data apart from its labels."""
