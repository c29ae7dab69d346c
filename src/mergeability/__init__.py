"""Measure, predict and explain how well fine-tuned encoders merge.

The library behind the workflow: pure Python, unaware of Snakemake. Start with
`naming` (vocabulary), then `mergers`, `metrics` and `prediction`.
"""
