"""Recommend merges of checkpoints that no merge was evaluated of, by what zoos have shown.

`by_proxies` asks zoos that merged the same tasks; `candidate_metrics` describes the other pairs by
their metrics, `by_metrics` and `forecast` predict these from a zoo of the same backbone, and
`extrapolation` says which lie outside of what was learned from. `ranking` puts both kinds of
`evidence` together, with intervals and how often these hold, and `page` makes them readable.
"""
