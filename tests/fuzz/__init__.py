"""Coverage-guided fuzzing of every way in: see `python -m tests.fuzz --help`."""
