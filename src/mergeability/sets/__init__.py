"""Merges of more than two models: which are made, what predicts them, and what to decide."""
