"""Guidelines as rules: written in TOML, checked against a table without any model."""
