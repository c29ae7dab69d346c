"""The sections of the reproduction: one function per table of the paper, or group of tables."""

from dataclasses import dataclass

import pandas as pd

from mergeability.analysis.selection import selection_outcome
from mergeability.prediction.registry import PROTOCOLS
from mergeability.reproduction.evidence import MERGERS, Paper, Results, where
from mergeability.reproduction.markdown import by_merger, table

ACCURACY, NORMALIZED = "accuracy", "normalized_accuracy"
TARGETS = (ACCURACY, NORMALIZED)


@dataclass(frozen=True)
class Section:
    """A heading, what to know when reading the table, and the table."""

    heading: str
    text: str
    table: str


def loto_sections(paper: Paper, results: Results, recipe: str) -> list[Section]:
    """Tables 2 and 19 (the predictor and its penalty), and what they leave out: baselines."""

    def statistic(predictor: str, target: str, name: str = "validation_r") -> pd.Series:
        return results.statistic(predictor, target, name, "loto")

    main = {
        "paper": paper.column("table02", "val_r_mean", lambda_l1=1.0),
        "paper sd": paper.column("table02", "val_r_std", lambda_l1=1.0),
        "`accuracy`": statistic(recipe, ACCURACY),
        "sd": statistic(recipe, ACCURACY, "validation_r_sd"),
        "`normalized_accuracy`": statistic(recipe, NORMALIZED),
        "train r, paper": paper.column("table02", "train_r_mean", lambda_l1=1.0),
        "train r, `accuracy`": statistic(recipe, ACCURACY, "train_r"),
    }
    predictors = sorted(results.summary["predictor"].unique())
    sections = [
        Section(
            "Table 2: validation r of the published predictor",
            "Leave one task out, mean over folds of r within the fold. The paper's numbers are on "
            "`accuracy`, although it defines `normalized_accuracy` as the target.",
            by_merger(main, MERGERS),
        )
    ]
    for target in TARGETS:
        sections.append(
            Section(
                f"Every predictor, one task unseen (loto), `{target}`",
                "`partner_mean` and `single_accuracy` look at no metric. The paper has neither.",
                by_merger({f"`{p}`": statistic(p, target) for p in predictors}, MERGERS),
            )
        )
    return sections


def unseen_sections(results: Results) -> list[Section]:
    """Protocols in which both tasks of a pair are new."""
    predictors = sorted(results.summary["predictor"].unique())
    sections = []
    for protocol in ("l2to", "split"):
        statistic = PROTOCOLS[protocol].statistic
        for target in TARGETS:
            columns = {
                f"`{p}`": results.statistic(p, target, statistic, protocol) for p in predictors
            }
            sections.append(
                Section(
                    f"Both tasks unseen ({protocol}), `{target}`",
                    f"{PROTOCOLS[protocol].description.capitalize()}; `{statistic}`. Dashes: a "
                    "predictor that says the same of all pairs.",
                    by_merger(columns, MERGERS),
                )
            )
    return sections


def correlation_section(paper: Paper, results: Results) -> Section:
    """Table 5: single metrics."""
    printed = paper.tables["table05"].set_index("metric") if "table05" in paper.tables else None
    rows = where(results.correlations, target=NORMALIZED)
    ours = rows.pivot_table("pearson_r", "metric", "merger").reindex(columns=MERGERS)
    significant = rows.pivot_table("significant", "metric", "merger", aggfunc="any")
    shown = pd.DataFrame(index=ours.index)
    for merger in MERGERS:
        column = ours[merger].map("{:.3f}".format) + significant[merger].map({True: "*", False: ""})
        if printed is not None and len(printed):
            column = printed[merger].reindex(ours.index).map("{:.3f} / ".format) + column
        shown[f"`{merger}`"] = column
    return Section(
        "Table 5: correlation of single metrics with `normalized_accuracy`",
        "Printed / ours, over all pairs with both the metric and the target: missing cells are "
        "left out metric by metric, which is how the printed values come out. A star: significant "
        "at 5 % over all metrics and mergers when task labels are permuted.",
        table(shown, "metric"),
    )


def coefficient_sections(paper: Paper, results: Results, recipe: str) -> list[Section]:
    """Tables 3, 6, 7, 8 and 18: what the coefficients have in common."""
    agreement = where(results.agreement, predictor=recipe, target=ACCURACY)
    printed = {
        frozenset((row.merger_a, row.merger_b)): row for row in paper.tables["table06"].itertuples()
    }
    pairs = []
    for row in agreement.itertuples():
        known = printed.get(frozenset((row.merger_a, row.merger_b)))
        pairs.append(
            {
                "mergers": f"{row.merger_a}, {row.merger_b}",
                "top 5, paper": known.top5_overlap if known else None,
                "top 5": row.top_overlap,
                "signs, paper": known.sign_agreement if known else None,
                "signs": row.sign_agreement,
            }
        )
    shares = where(results.contributions, predictor=recipe, target=ACCURACY).pivot_table(
        "share", "name", "merger"
    )
    gradient = {
        "encoder_gradient_l2_distance": "encoder_gradient_l2_distance",
        "input_gradient_l2_distance": "input_gradient_l2_distance",
        "all_six_gradient_metrics": "gradient",
    }
    columns = {}
    for printed_name, name in gradient.items():
        columns[f"{printed_name}, paper"] = paper.column("table18", printed_name)
        columns[printed_name] = shares.reindex([name]).iloc[0]
    stable = where(results.stable, predictor=recipe, target=ACCURACY).set_index("metric")
    mean = where(results.coefficients, predictor=recipe, target=ACCURACY, protocol="loto")
    text = mean["mean"].map("{:+.3f}".format) + " ± " + mean["sd"].map("{:.3f}".format)
    table8 = mean.assign(text=text).pivot_table("text", "metric", "merger", aggfunc="first")
    table8 = table8.reindex(columns=MERGERS).fillna("–")
    return [
        Section(
            "Tables 6 and 7: agreement of coefficients between mergers",
            "Share of the five largest mean coefficients in common, and of equal signs among "
            "metrics with a mean other than zero in both. By chance: 0.18 and 0.5.",
            table(pd.DataFrame(pairs).set_index("mergers"), "mergers", 2),
        ),
        Section(
            "Table 18: share of gradient metrics in the coefficients",
            "|mean coefficient| over the sum of all.",
            by_merger(columns, MERGERS),
        ),
        Section(
            "Table 3: stable metrics",
            "Metrics whose mean coefficient has one sign in all mergers; core: selected in 80 % of "
            "the folds of every merger too.",
            table(
                stable[stable["stable"]][["sign", "mean_frequency", "min_frequency", "core"]],
                "metric",
                2,
            ),
        ),
        Section(
            "Table 8: coefficients",
            "Mean over folds ± standard deviation over folds, on metrics scaled to [-1, 1].",
            table(table8, "metric"),
        ),
    ]


def ablation_sections(paper: Paper, results: Results, recipe: str) -> list[Section]:
    """Tables 4 and 20 and their converse, 14 and 19."""
    sections = []
    without = results.ablation("without_family", recipe, ACCURACY, "validation_r")
    columns = {}
    for variant in without.index:
        printed = "all_28" if variant == "all" else f"no_{variant}"
        if printed in paper.tables["table20"]:
            columns[f"{printed}, paper"] = paper.column("table20", printed)
        columns[f"without {variant}" if variant != "all" else "all"] = without.loc[variant]
    sections.append(
        Section(
            "Tables 4 and 20: one family left out, `accuracy`",
            "Among redundant metrics another family can stand in, so that a small loss does not "
            "show that a family is useless.",
            by_merger(columns, MERGERS),
        )
    )
    for target in TARGETS:
        only = results.ablation("only_family", recipe, target, "validation_r")
        sections.append(
            Section(
                f"The converse: one family only, `{target}`",
                "Not in the paper.",
                by_merger({f"{v}": only.loc[v] for v in only.index}, MERGERS),
            )
        )
    seeds = results.ablation("seed", recipe, ACCURACY, "validation_r")
    sections.append(
        Section(
            "Table 14: random starts, `accuracy`",
            f"{len(seeds)} starts; the paper's ten use other numbers from another generator.",
            by_merger(
                {
                    "mean, paper": paper.column("table14", "val_r_mean"),
                    "mean": seeds.mean(),
                    "min, paper": paper.column("table14", "val_r_min"),
                    "min": seeds.min(),
                    "max, paper": paper.column("table14", "val_r_max"),
                    "max": seeds.max(),
                },
                MERGERS,
            ),
        )
    )
    columns = {
        f"{value:g}, paper": paper.column("table02", "val_r_mean", lambda_l1=value)
        for value in sorted(paper.tables["table02"]["lambda_l1"].unique())
    }
    for target in TARGETS:
        penalties = results.ablation("penalty", recipe, target, "validation_r")
        columns |= {f"{v}, `{target}`": penalties.loc[v] for v in penalties.index}
    sections.append(
        Section(
            "Table 19: weight of the L1 penalty",
            "r does not depend on the length of the coefficients, so that the penalty acts through "
            "the path of the optimiser only.",
            by_merger(columns, MERGERS),
        )
    )
    return sections


def objective_sections(paper: Paper, results: Results, recipe: str) -> list[Section]:
    """Tables 11, 12 and 13: other objectives and a network."""

    def ours(predictor: str, name: str = "validation_r") -> pd.Series:
        return results.statistic(predictor, ACCURACY, name, "loto")

    return [
        Section(
            "Tables 11 and 12: squared error instead of correlation, `accuracy`",
            "The published script has no intercept, rescales the coefficients to a sum of 1 before "
            "every step, scales metrics by all pairs and stops early on the held-out error. `mse` "
            "has none of this; `ridge` is the same objective with a penalty chosen inside the "
            "training pairs.",
            by_merger(
                {
                    "mse, paper": paper.column("table11", "mse_val_r"),
                    "`mse`": ours("mse"),
                    "`ridge`": ours("ridge"),
                    f"`{recipe}`": ours(recipe),
                },
                MERGERS,
            ),
        ),
        Section(
            "Table 13: a small network, `accuracy`",
            "The paper sets the network's pooled r beside the linear predictor's r within folds. "
            "Here both statistics of both.",
            by_merger(
                {
                    "mlp, pooled, paper": paper.column("table13", "mlp_aggregate_val_r"),
                    "`mlp`, pooled": ours("mlp", "pooled_r"),
                    f"`{recipe}`, pooled": ours(recipe, "pooled_r"),
                    "`mlp`, within folds": ours("mlp"),
                    f"`{recipe}`, within folds": ours(recipe),
                    "linear, within folds, paper": paper.column("table13", "pearson_l1_val_r"),
                },
                MERGERS,
            ),
        ),
    ]


def selection_section(results: Results) -> Section:
    """Greedy selection of metrics inside the training pairs."""
    outcome = selection_outcome(results.selection)
    columns: dict[str, pd.Series] = {}
    for target in TARGETS:
        for direction in ("forward", "backward"):
            rows = where(outcome, target=target, direction=direction)
            by_name = rows.set_index("merger")
            columns |= {
                f"metrics, {direction}, `{target}`": by_name["n_metrics"],
                f"r, {direction}, `{target}`": by_name["validation_r"],
            }
    return Section(
        "Forward and backward selection of metrics",
        "Least squares on the metrics that the published stopping rules leave: mean number of "
        "metrics, and validation r, over folds. The whole paths: `analysis/*/selection.csv`.",
        by_merger(columns, MERGERS),
    )


def recipe_section(paper: Paper, results: Results, baseline: str) -> Section | None:
    """Table 16: two ways of fine-tuning."""
    if results.recipes is None:
        return None
    rows = where(results.recipes, target=NORMALIZED)
    columns = {
        "baseline, paper": paper.column("table16", "baseline_normalized_accuracy"),
        "baseline": rows[rows["zoo"] == baseline].set_index("merger")["mean"],
        "other, paper": paper.column("table16", "regularized_normalized_accuracy"),
    }
    for zoo in sorted(set(rows["zoo"]) - {baseline}):
        other = rows[rows["zoo"] == zoo].set_index("merger")
        columns |= {
            f"`{zoo}`": other["mean"],
            "difference": other["difference"],
            "from": other["difference_low"],
            "to": other["difference_high"],
        }
    return Section(
        "Table 16: comparison of fine-tuning recipes",
        "Mean normalised accuracy over all pairs that were measured, both zoos divided by the "
        "baseline's single-task accuracies, as published. Difference on common pairs with a 95 % "
        "interval by jackknife over tasks.",
        by_merger(columns, MERGERS, 4),
    )


def trust_sections(results: Results, recipe: str) -> list[Section]:
    """What the paper does not ask: additive structure, interaction, chance, and the audit."""
    shares = {
        f"{name}, `{target}`": where(results.variance, target=target).set_index("merger")[column]
        for target in TARGETS
        for name, column in (("R²", "r_squared"), ("adjusted R²", "adjusted_r_squared"))
    }
    skill = {
        f"`{predictor}`, `{target}`": results.statistic(predictor, target, "interaction_r", "loto")
        for target in TARGETS
        for predictor in (recipe, "ridge", "additive", "partner_mean")
    }
    permuted = where(results.permutation, predictor=recipe)
    chance = {
        f"{name}, `{target}`": where(permuted, target=target).set_index("merger")[column]
        for target in TARGETS
        for name, column in (
            ("r", "validation_r"), ("mean of permuted", "null_mean"), ("p", "p_value"),
        )
    }  # fmt: skip
    verdicts = results.audit[results.audit["check"].isin(["consistent", "identity_correlation"])]
    shown = verdicts.assign(passed=verdicts["passed"].map({True: "yes", False: "no"})).fillna("")
    return [
        Section(
            "How much of the target belongs to single tasks",
            "Target = mean + effect of one task + effect of the other + interaction; R² in sample.",
            by_merger(shares, MERGERS),
        ),
        Section(
            "Skill on the interaction",
            "Partial correlation within folds (loto) given what all other pairs say of the two "
            "tasks. Near zero: the predictor ranks tasks, not pairs.",
            by_merger(skill, MERGERS),
        ),
        Section(
            "Permutation test of the whole pipeline",
            f"`{recipe}` fitted again with the metrics of permuted tasks. Metrics that belong to "
            "other tasks reach a validation r far from zero: structure alone earns it.",
            by_merger(chance, MERGERS),
        ),
        Section(
            "Audit of the metrics",
            "Distance, cosine and dot product of one pair must come from the same two vectors.",
            table(shown.set_index("subject")[["check", "value", "passed"]], "metrics"),
        ),
    ]
