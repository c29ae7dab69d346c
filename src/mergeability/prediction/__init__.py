"""Predict how well a pair merges from its metrics, and test the prediction on unseen tasks.

`registry` names the predictors, protocols and targets; a predictor is one file with one function
`fit` (see `problem`) and one registry entry. `fitting` runs a predictor over the folds of a
protocol, `summary` turns the folds into correlations with intervals.
"""
