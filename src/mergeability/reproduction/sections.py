"""The sections of the reproduction: one function per table of the paper, or group of tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from mergeability.analysis.selection import selection_outcome
from mergeability.prediction.registry import PROTOCOLS
from mergeability.reproduction.evidence import MERGERS, Case, where
from mergeability.reproduction.markdown import by_merger, table

ACCURACY, NORMALIZED = "accuracy", "normalized_accuracy"
TARGETS = (ACCURACY, NORMALIZED)


@dataclass(frozen=True)
class Section:
    """A heading, what to know when reading the table, and the table."""

    heading: str
    text: str
    table: str


def of_mergers(
    heading: str,
    text: str,
    cases: Sequence[Case],
    columns: Callable[[Case], dict[str, pd.Series]],
    decimals: int = 3,
) -> Section:
    """A section with a row for each merger of each zoo; `columns` maps a zoo to its columns."""
    return Section(
        heading, text, by_merger({case.name: columns(case) for case in cases}, MERGERS, decimals)
    )


def loto_sections(cases: Sequence[Case], recipe: str) -> list[Section]:
    """Tables 2 and 19 (the predictor and its penalty), and what they leave out: baselines."""

    def table_2(case: Case) -> dict[str, pd.Series]:
        def ours(target: str, name: str = "validation_r") -> pd.Series:
            return case.results.statistic(recipe, target, name, "loto")

        def printed(column: str) -> pd.Series:
            return case.paper.column("table02", column, lambda_l1=1.0)

        return {
            "paper": printed("val_r_mean"),
            "paper sd": printed("val_r_std"),
            "`accuracy`": ours(ACCURACY),
            "sd": ours(ACCURACY, "validation_r_sd"),
            "`normalized_accuracy`": ours(NORMALIZED),
            "train r, paper": printed("train_r_mean"),
            "train r, `accuracy`": ours(ACCURACY, "train_r"),
            "interaction r, `accuracy`": ours(ACCURACY, "interaction_r"),
            "interaction r, `normalized_accuracy`": ours(NORMALIZED, "interaction_r"),
        }

    return [
        of_mergers(
            "Table 2: validation r of the published predictor",
            "Leave one task out, mean over folds of r within the fold. The paper's numbers are on "
            "`accuracy`, although it defines `normalized_accuracy` as the target. `interaction r`: "
            "the same given what all other pairs say of the two tasks. Near zero, a predictor "
            "ranks tasks, not pairs.",
            cases,
            table_2,
        ),
        *_of_predictors(
            cases,
            "loto",
            "validation_r",
            "Every predictor, one task unseen (loto)",
            "`partner_mean` and `single_accuracy` look at no metric. The paper has neither.",
        ),
        *_of_predictors(
            cases,
            "loto",
            "interaction_r",
            "Skill on the interaction, one task unseen (loto)",
            "Partial correlation within folds given what all other pairs say of the two tasks.",
        ),
    ]


def unseen_sections(cases: Sequence[Case]) -> list[Section]:
    """Protocols in which both tasks of a pair are new."""
    sections = []
    for protocol in ("l2to", "split"):
        about = PROTOCOLS[protocol]
        sections += _of_predictors(
            cases,
            protocol,
            about.statistic,
            f"Both tasks unseen ({protocol})",
            f"{about.description.capitalize()}; `{about.statistic}`. Dashes: a predictor that says "
            "the same of all pairs.",
        )
    interaction = PROTOCOLS["l2to"].interaction
    sections += _of_predictors(
        cases,
        "l2to",
        interaction,
        "Skill on the interaction, both tasks unseen (l2to)",
        f"`{interaction}`: partial correlation given what all other pairs say of the two tasks.",
    )
    return sections


def _of_predictors(
    cases: Sequence[Case], protocol: str, statistic: str, heading: str, text: str
) -> list[Section]:
    """A statistic of every predictor, one section per target."""
    predictors = sorted(cases[0].results.summary["predictor"].unique())

    def columns_for(target: str) -> Callable[[Case], dict[str, pd.Series]]:
        return lambda case: {
            f"`{p}`": case.results.statistic(p, target, statistic, protocol) for p in predictors
        }

    return [of_mergers(f"{heading}, `{t}`", text, cases, columns_for(t)) for t in TARGETS]


def trust_sections(cases: Sequence[Case], recipe: str) -> list[Section]:
    """What the paper does not ask: additive structure, chance, and the audit."""

    def by_target(rows: pd.DataFrame, names: dict[str, str]) -> dict[str, pd.Series]:
        return {
            f"{name}, `{target}`": where(rows, target=target).set_index("merger")[column]
            for target in TARGETS
            for name, column in names.items()
        }

    shares = {"R²": "r_squared", "adjusted R²": "adjusted_r_squared"}
    chance = {"r": "validation_r", "mean of permuted": "null_mean", "p": "p_value"}
    audits = [case.results.audit.assign(zoo=case.name) for case in cases]
    audit = pd.concat(audits, ignore_index=True)
    verdicts = audit[audit["check"].isin(["consistent", "identity_correlation"])]
    shown = verdicts.assign(passed=verdicts["passed"].map({True: "yes", False: "no"})).fillna("")
    return [
        of_mergers(
            "How much of the target belongs to single tasks",
            "Target = mean + effect of one task + effect of the other + interaction; R² in sample.",
            cases,
            lambda case: by_target(case.results.variance, shares),
        ),
        of_mergers(
            "Permutation test of the whole pipeline",
            f"`{recipe}` fitted again with the metrics of permuted tasks. Metrics that belong to "
            "other tasks reach a validation r far from zero: structure alone earns it.",
            cases,
            lambda case: by_target(where(case.results.permutation, predictor=recipe), chance),
        ),
        Section(
            "Audit of the metrics",
            "Distance, cosine and dot product of one pair must come from the same two vectors.",
            table(shown.set_index("subject")[["zoo", "check", "value", "passed"]], "metrics"),
        ),
    ]


def ablation_sections(cases: Sequence[Case], recipe: str) -> list[Section]:
    """Tables 4 and 20 and their converse, 14 and 19."""

    def without_family(case: Case) -> dict[str, pd.Series]:
        without = case.results.ablation("without_family", recipe, ACCURACY, "validation_r")
        columns = {}
        for variant in without.index:
            printed = "all_28" if variant == "all" else f"no_{variant}"
            if printed in case.paper.tables["table20"]:
                columns[f"{printed}, paper"] = case.paper.column("table20", printed)
            columns[f"without {variant}" if variant != "all" else "all"] = without.loc[variant]
        return columns

    def only_family(target: str) -> Callable[[Case], dict[str, pd.Series]]:
        def columns(case: Case) -> dict[str, pd.Series]:
            only = case.results.ablation("only_family", recipe, target, "validation_r")
            return {str(variant): only.loc[variant] for variant in only.index}

        return columns

    def starts(case: Case) -> dict[str, pd.Series]:
        seeds = case.results.ablation("seed", recipe, ACCURACY, "validation_r")
        columns = {}
        for name, ours in (("mean", seeds.mean()), ("min", seeds.min()), ("max", seeds.max())):
            columns[f"{name}, paper"] = case.paper.column("table14", f"val_r_{name}")
            columns[name] = ours
        return columns

    def penalties(case: Case) -> dict[str, pd.Series]:
        printed = case.paper.tables["table02"]["lambda_l1"].unique()
        columns = {
            f"{value:g}, paper": case.paper.column("table02", "val_r_mean", lambda_l1=value)
            for value in sorted(printed)
        }
        for target in TARGETS:
            ours = case.results.ablation("penalty", recipe, target, "validation_r")
            columns |= {f"{v}, `{target}`": ours.loc[v] for v in ours.index}
        return columns

    n_starts = len(cases[0].results.ablation("seed", recipe, ACCURACY, "validation_r"))
    return [
        of_mergers(
            "Tables 4 and 20: one family left out, `accuracy`",
            "Among redundant metrics another family can stand in, so that a small loss does not "
            "show that a family is useless.",
            cases,
            without_family,
        ),
        *(
            of_mergers(
                f"The converse: one family only, `{target}`",
                "Not in the paper.",
                cases,
                only_family(target),
            )
            for target in TARGETS
        ),
        of_mergers(
            "Table 14: random starts, `accuracy`",
            f"{n_starts} starts; the paper's ten use other numbers from another generator.",
            cases,
            starts,
        ),
        of_mergers(
            "Table 19: weight of the L1 penalty",
            "r does not depend on the length of the coefficients, so that the penalty acts through "
            "the path of the optimiser only.",
            cases,
            penalties,
        ),
    ]


def objective_sections(cases: Sequence[Case], recipe: str) -> list[Section]:
    """Tables 11, 12 and 13: other objectives and a network."""

    def ours(case: Case, predictor: str, name: str = "validation_r") -> pd.Series:
        return case.results.statistic(predictor, ACCURACY, name, "loto")

    return [
        of_mergers(
            "Tables 11 and 12: squared error instead of correlation, `accuracy`",
            "The published script has no intercept, rescales the coefficients to a sum of 1 before "
            "every step, scales metrics by all pairs and stops early on the held-out error. `mse` "
            "has none of this; `ridge` is the same objective with a penalty chosen inside the "
            "training pairs.",
            cases,
            lambda case: {
                "mse, paper": case.paper.column("table11", "mse_val_r"),
                "`mse`": ours(case, "mse"),
                "`ridge`": ours(case, "ridge"),
                f"`{recipe}`": ours(case, recipe),
            },
        ),
        of_mergers(
            "Table 13: a small network, `accuracy`",
            "The paper sets the network's pooled r beside the linear predictor's r within folds. "
            "Here both statistics of both.",
            cases,
            lambda case: {
                "mlp, pooled, paper": case.paper.column("table13", "mlp_aggregate_val_r"),
                "`mlp`, pooled": ours(case, "mlp", "pooled_r"),
                f"`{recipe}`, pooled": ours(case, recipe, "pooled_r"),
                "`mlp`, within folds": ours(case, "mlp"),
                f"`{recipe}`, within folds": ours(case, recipe),
                "linear, within folds, paper": case.paper.column("table13", "pearson_l1_val_r"),
            },
        ),
    ]


def selection_section(cases: Sequence[Case]) -> Section:
    """Greedy selection of metrics inside the training pairs."""

    def columns(case: Case) -> dict[str, pd.Series]:
        outcome = selection_outcome(case.results.selection)
        found: dict[str, pd.Series] = {}
        for target in TARGETS:
            for direction in ("forward", "backward"):
                rows = where(outcome, target=target, direction=direction).set_index("merger")
                found |= {
                    f"metrics, {direction}, `{target}`": rows["n_metrics"],
                    f"r, {direction}, `{target}`": rows["validation_r"],
                }
        return found

    return of_mergers(
        "Forward and backward selection of metrics",
        "Least squares on the metrics that the published stopping rules leave: mean number of "
        "metrics, and validation r, over folds. The whole paths: `analysis/*/selection.csv`.",
        cases,
        columns,
    )


def recipe_section(case: Case, recipes: pd.DataFrame | None, baseline: str) -> Section | None:
    """Table 16: two ways of fine-tuning the zoo `baseline`."""
    if recipes is None:
        return None
    rows = where(recipes, target=NORMALIZED)
    columns = {
        "baseline, paper": case.paper.column("table16", "baseline_normalized_accuracy"),
        "baseline": rows[rows["zoo"] == baseline].set_index("merger")["mean"],
        "other, paper": case.paper.column("table16", "regularized_normalized_accuracy"),
    }
    for zoo in sorted(set(rows["zoo"]) - {baseline}):
        other = rows[rows["zoo"] == zoo].set_index("merger")
        columns |= {
            f"`{zoo}`": other["mean"],
            "difference": other["difference"],
            "from": other["difference_low"],
            "to": other["difference_high"],
        }
    return of_mergers(
        "Table 16: comparison of fine-tuning recipes",
        "Mean normalised accuracy over all pairs that were measured, both zoos divided by the "
        "baseline's single-task accuracies, as published. Difference on common pairs with a 95 % "
        "interval by jackknife over tasks. Other recipes were measured of this zoo alone.",
        [case],
        lambda _: columns,
        4,
    )
