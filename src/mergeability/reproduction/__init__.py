"""The tables of arXiv 2601.22285 beside what the workflow computes for the same zoo."""
