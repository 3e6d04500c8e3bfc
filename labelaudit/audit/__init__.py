"""From evidence to a ranking that says how sure it is: the pipeline, the gate, kept runs."""
