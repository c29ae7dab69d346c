"""What the measurements of a study show besides predictions. Pure functions on pandas frames.

`audit` asks whether the metrics can be right, `correlations` which of them go with the target,
`redundancy` how many different ones there are, `variance` how much of the target is due to single
tasks, `fingerprints` how predictors of different mergers agree, `recipes` which training merges
better. `docs/statistics.md` says what each number can show and what it cannot.
"""
