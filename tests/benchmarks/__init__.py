"""What tlslab costs, as ratios to what it cannot go below: `python -m tests.benchmarks`. Not part of the tests."""
