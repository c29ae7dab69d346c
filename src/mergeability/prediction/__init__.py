"""Predict how well a pair merges from its metrics, and test the prediction on unseen tasks.

A predictor is one file in `predictors`. `registry` names predictors, protocols and targets,
`fitting` runs a predictor over the folds of a protocol, and `summary` turns the folds into
correlations with intervals.
"""
