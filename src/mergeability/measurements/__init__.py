"""Zoos that somebody else has measured, in the layout of the authors of arXiv 2601.22285."""
