"""The verbs of `python -m ingest`, one room each: what they do between the options and the facts."""
