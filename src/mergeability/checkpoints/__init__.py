"""Checkpoints of others: read without running them, and brought into one layout."""
