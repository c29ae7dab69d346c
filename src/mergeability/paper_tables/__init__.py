"""Numbers printed in "Demystifying Mergeability", arXiv 2601.22285, as CSV.

The paper's names of metrics and mergers are mapped to ours. `subset_ranking_range` alone is not
printed there: it is the range over mergers that the authors' repository reports of its ranking of
sets.
"""

from pathlib import Path

import pandas as pd

_FOLDER = Path(__file__).parent
FILES = "paper_tables/*.csv"  # as a param of rules


def paper_tables() -> dict[str, pd.DataFrame]:
    """All tables by the names of their files, sorted."""
    return {path.stem: pd.read_csv(path) for path in sorted(_FOLDER.glob("*.csv"))}
