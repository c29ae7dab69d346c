"""Numbers printed in "Demystifying Mergeability", arXiv 2601.22285, as CSV.

The paper's names of metrics and mergers are mapped to ours. Two are not printed there but in the
authors' repository (MIT licence, commit 38ffac79): `subset_ranking_range`, the range over mergers
of its ranking of sets, and `table03_released_coefficients`, the mean coefficients over folds behind
Table 3 (`results/metric_linear_optimization_v2/*_AdamW/loto_cv_l1_lambda1.0`).
"""

from pathlib import Path

import pandas as pd

_FOLDER = Path(__file__).parent
FILES = "paper_tables/*.csv"  # as a param of rules


def paper_tables() -> dict[str, pd.DataFrame]:
    """All tables by the names of their files, sorted."""
    return {path.stem: pd.read_csv(path) for path in sorted(_FOLDER.glob("*.csv"))}
