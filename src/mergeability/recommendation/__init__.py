"""Recommend merges of checkpoints that no merge was evaluated of, by what a zoo has shown.

`candidates` describes new checkpoints by the metrics of their pairs, `forecast` predicts how they
merge, with intervals whose coverage it measures, `reach` says which pairs lie outside of what was
learned from, `table` puts these together, and `page` makes them readable.
"""
