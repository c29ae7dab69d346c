"""What it costs to choose the merger of a pair by predictions that rest on few merges."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergeability.prediction.correlation import Floats
from mergeability.prediction.jackknife import jackknife_interval, leave_out_tasks
from mergeability.prediction.problem import Mask

# No predictor can have this name.
BEST_ON_AVERAGE = "best on average"
COLUMNS = ["predictor", "partners", "mergers", "designs", "regret", "regret_low", "regret_high"]
_DECISION = ["partners", "design", "pair", "task_a", "task_b"]


def regret_of_mergers(tables: Iterable[tuple[str, str, pd.DataFrame]]) -> pd.DataFrame:
    """The regret of taking, for each pair that was not merged, the merger that is predicted best.

    `tables`: predictor, merger and the predictions of `budget.try_budgets`, in units of the target.
    Regret is the best observed value of a pair over mergers less that of the merger that is taken,
    mean over pairs, then over designs, with a 95 % interval by jackknife over tasks; columns
    `COLUMNS`. Pairs count that every merger of the predictor has merged in truth and in no design.

    `BEST_ON_AVERAGE` always takes the merger whose mean over the pairs of the design is largest:
    what one knows without any prediction. It is named once per number of partners from 1, over the
    pairs of the first predictor. A study with one merger has no row, nor has a predictor that
    says the same of all pairs and mergers, as those do that know no merge.
    """
    named = [(predictor, table.assign(merger=merger)) for predictor, merger, table in tables]
    rows: dict[tuple[str, int], dict[str, object]] = {}
    for predictor in dict.fromkeys(name for name, _ in named):
        own = pd.concat([table for name, table in named if name == predictor])
        values = own.pivot_table(
            index=_DECISION, columns="merger", values=["observed", "predicted"]
        )
        known = own.groupby(_DECISION)["known"].any().reindex(values.index)
        if values["observed"].shape[1] < 2:
            continue
        complete = values.dropna()
        of_budget = complete.index.get_level_values("partners").to_numpy(dtype=np.int64)
        for partners in np.unique(of_budget):
            part = complete[of_budget == partners]
            inside = known.loc[part.index].to_numpy(dtype=np.bool_)
            observed = part["observed"].to_numpy(dtype=np.float64)
            about = part.index.to_frame(index=False)
            predicted = part["predicted"].to_numpy(dtype=np.float64)
            choices = {predictor: predicted.argmax(axis=1)} if np.ptp(predicted) > 0 else {}
            if partners:
                choices[BEST_ON_AVERAGE] = _best_of_design(observed, inside, about["design"])
            for name, choice in choices.items():
                lost = observed.max(axis=1) - np.take_along_axis(observed, choice[:, None], 1)[:, 0]
                row = {"mergers": observed.shape[1], "designs": about["design"].nunique()}
                rows.setdefault((name, int(partners)), row | _regret(lost[~inside], about[~inside]))
    found = [{"predictor": name, "partners": n} | row for (name, n), row in sorted(rows.items())]
    return pd.DataFrame(found, columns=COLUMNS)


def _best_of_design(observed: Floats, inside: Mask, design: pd.Series) -> NDArray[np.int64]:
    """For each row, the merger whose mean over the rows inside its design is largest."""
    means = pd.DataFrame(observed[inside]).groupby(design[inside].to_numpy()).mean()
    best: NDArray[np.int64] = means.to_numpy().argmax(axis=1)
    return best[means.index.get_indexer(pd.Index(design))]


def _regret(lost: Floats, about: pd.DataFrame) -> dict[str, float]:
    tasks = about[["task_a", "task_b"]].to_numpy(dtype=np.str_)
    designs = about["design"].to_numpy()

    def mean(kept: Mask) -> Floats:
        by_design = pd.Series(lost[kept]).groupby(designs[kept]).mean()
        return np.array([by_design.mean()])

    estimate = mean(np.ones(len(lost), dtype=np.bool_))
    left_out = np.stack(leave_out_tasks(tasks, mean))
    low, high = jackknife_interval(estimate, left_out, limit=np.inf)
    return {"regret": estimate[0], "regret_low": max(low[0], 0.0), "regret_high": high[0]}
