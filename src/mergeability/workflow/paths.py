"""Where every artifact lives: file name patterns, with wildcards in braces."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mergeability.naming import PAIR_SEPARATOR

DATASET = "resources/datasets/{dataset}/{task}"
TRAIN_SPLIT = f"{DATASET}/train.safetensors"
TEST_SPLIT = f"{DATASET}/test.safetensors"
CLASSES = f"{DATASET}/classes.json"
DATASET_MANIFEST = f"{DATASET}/download.json"

PACKAGE_WHEEL = "resources/packages/{package}.whl"

# What was downloaded, as huggingface_hub keeps it; manifests say which files are whose.
HUB_CACHE = "resources/hub"

BACKBONE = "resources/backbones/{backbone}"
ARCHITECTURE = f"{BACKBONE}/architecture.json"
TOKENIZER = f"{BACKBONE}/tokenizer.json"
BOTH_TOWERS = f"{BACKBONE}/weights.safetensors"
VISION_TOWER = f"{BACKBONE}/vision.safetensors"
BACKBONE_MANIFEST = f"{BACKBONE}/download.json"
BASE = f"{BACKBONE}/base.json"
CHECKPOINT_MANIFEST = "resources/checkpoints/{zoo}/{task}.json"
CANDIDATE_MANIFEST = "resources/candidates/{zoo}/{recommendation}/{candidate}.json"

ZOO = "results/{zoo}"
HEAD = f"{ZOO}/heads/{{task}}.safetensors"
CHECKPOINT = f"{ZOO}/checkpoints/{{task}}.safetensors"
CHECKPOINT_IN_PLACE = f"{ZOO}/checkpoints/{{task}}.json"
TRAINING_STATE = f"{ZOO}/checkpoints/.{{task}}.state.safetensors"
CALIBRATION = f"{ZOO}/calibration/{{task}}.safetensors"
PROBES = f"{ZOO}/probes/{{task}}.safetensors"
VALIDATION = f"{ZOO}/validation/{{task}}.safetensors"
TUNING = f"{ZOO}/tuning/{{merger}}.json"
STATISTICS = f"{ZOO}/statistics/{{kind}}/{{task}}.safetensors"
SKETCH = f"{ZOO}/sketches/{{task}}.safetensors"
SINGLE_EVALUATION = f"{ZOO}/evaluations/single/{{task}}.json"
MERGE_EVALUATION = f"{ZOO}/evaluations/{{merger}}/{{pair}}.json"
PROBED_SINGLE = f"{ZOO}/probe_merges/single/{{task}}.json"
PROBED_MERGE = f"{ZOO}/probe_merges/{{merger}}/{{pair}}.json"
SET_EVALUATION = f"{ZOO}/sets/{{merger}}/{{set}}.json"
MERGED = f"{ZOO}/merged/{{merger}}/{{pair}}.safetensors"
MERGED_MODEL = f"{ZOO}/merged/{{merger}}/{{set}}"
PAIR_METRICS = f"{ZOO}/metrics/{{pair}}.parquet"
MERGER_PAIRS = f"{ZOO}/pairs/{{merger}}.parquet"
PAIRS = f"{ZOO}/pairs.parquet"
COMPLETED = f"{ZOO}/completed/{{merger}}.parquet"
CONFIRMED = f"{ZOO}/confirmed/{{merger}}.parquet"

COMPLETE_PAIRS = f"{ZOO}/complete_pairs.json"

PREDICTION = f"{ZOO}/prediction/{{target}}"
FITTED = f"{PREDICTION}/{{predictor}}/{{merger}}"
FOLD = f"{FITTED}/loto/{{held_out_task}}.parquet"
FOLD_DIAGNOSTICS = f"{FITTED}/loto/{{held_out_task}}.json"
FOLDS = f"{FITTED}/{{pooled_protocol}}.parquet"
FOLDS_DIAGNOSTICS = f"{FITTED}/{{pooled_protocol}}.json"
BUDGET = f"{FITTED}/budget.parquet"
BUDGET_PREDICTIONS = f"{FITTED}/budget_predictions.parquet"
LEARNING_CURVE = f"{PREDICTION}/learning_curve.csv"
LEARNED_MERGERS = f"{PREDICTION}/learned_mergers.csv"
SUMMARY = f"{PREDICTION}/summary.parquet"
COEFFICIENTS = f"{PREDICTION}/coefficients.parquet"
REFITS = f"{PREDICTION}/coefficients_without_task.parquet"
COMPARISON = f"{PREDICTION}/comparison.parquet"
LEFT_OUT = f"{PREDICTION}/left_out.parquet"
CHOICES = f"{PREDICTION}/choices.csv"

ANALYSIS = f"{ZOO}/analysis"
AUDIT = f"{ANALYSIS}/audit.csv"
IMPLIED_NORMS = f"{ANALYSIS}/implied_norms.csv"
REDUNDANCY = f"{ANALYSIS}/redundancy.csv"
METRIC_GROUPS = f"{ANALYSIS}/metric_groups.csv"
VARIANCE = f"{ANALYSIS}/variance.csv"
FAMILY_COST = f"{ZOO}/benchmarks/family_cost.tsv"
MERGER_COST = f"{ZOO}/benchmarks/merger_cost.tsv"
DIRECTION_EFFECTS = f"{ANALYSIS}/{{target}}/direction_effects.csv"
DIRECTION_SHARES = f"{ANALYSIS}/{{target}}/direction_shares.csv"
PROXY_AUDIT = f"{ANALYSIS}/{{target}}/proxies.csv"
METRIC_CORRELATIONS = f"{ANALYSIS}/{{target}}/metric_correlations.csv"
AGREEMENT = f"{ANALYSIS}/{{target}}/agreement.csv"
CONTRIBUTIONS = f"{ANALYSIS}/{{target}}/contributions.csv"
STABLE_METRICS = f"{ANALYSIS}/{{target}}/stable_metrics.csv"
ABLATION = f"{ANALYSIS}/{{target}}/ablations/{{ablation}}.csv"
SELECTION = f"{ANALYSIS}/{{target}}/selection.csv"
PERMUTATION_TEST = f"{ANALYSIS}/{{target}}/permutation_test.csv"
SETS = f"{ANALYSIS}/sets"
SET_TABLE = f"{SETS}/evaluations.csv"
SET_PREDICTIONS = f"{SETS}/predictions/{{merger}}.csv"
SET_CORRELATIONS = f"{SETS}/correlations.csv"
SETS_FROM_PAIRS = f"{SETS}/from_pairs.csv"
SET_OPTIONS = f"{SETS}/options/{{merger}}.csv"
SET_REGRETS = f"{SETS}/regrets.csv"

RECOMMENDATION = f"{ZOO}/recommendations/{{recommendation}}"
CANDIDATE_METRICS = f"{RECOMMENDATION}/metrics.parquet"
CANDIDATES_LEFT_OUT = f"{RECOMMENDATION}/left_out.csv"
RECOMMENDED_PAIRS = f"{RECOMMENDATION}/pairs.parquet"
RECOMMENDED_CHOICES = f"{RECOMMENDATION}/choices.csv"
RECOMMENDED_COVERAGE = f"{RECOMMENDATION}/coverage.csv"
RECOMMENDED_DESIGN = f"{RECOMMENDATION}/design.csv"
RECOMMENDED_FIGURE = f"{RECOMMENDATION}/pairs.svg"
RECOMMENDATION_TEXT = f"{RECOMMENDATION}/recommendation.txt"
RECOMMENDATION_PAGE = f"{RECOMMENDATION}/recommendation.html"

COMPARISONS = "comparisons"  # of several zoos
RECIPES = f"results/{COMPARISONS}/{{comparison}}/recipes.csv"
COMMON_METRICS = f"results/{COMPARISONS}/{{comparison}}/stable_metrics.csv"
COMPARED_PREDICTORS = f"results/{COMPARISONS}/{{comparison}}/predictors.csv"
COMPARED_FIGURE = f"results/{COMPARISONS}/{{comparison}}/figures/{{target}}/{{protocol}}.svg"

METRICS_TABLE = f"{ZOO}/tables/metrics.csv"
MERGERS_TABLE = f"{ZOO}/tables/mergers.csv"
SUMMARY_TABLE = f"{ZOO}/tables/summary.csv"
SUMMARY_TEXT = f"{ZOO}/tables/summary.txt"
FIGURES = f"{ZOO}/figures"
SCREENING_FIGURE = f"{FIGURES}/screening.svg"
MERGERS_FIGURE = f"{FIGURES}/mergers.svg"
ACCURACY_FIGURE = f"{FIGURES}/accuracy/{{merger}}.svg"
PREDICTION_FIGURE = f"{FIGURES}/prediction/{{target}}/{{predictor}}.svg"
COEFFICIENT_FIGURE = f"{FIGURES}/coefficients/{{target}}/{{predictor}}.svg"
SPREAD_FIGURE = f"{FIGURES}/spread/{{target}}/{{predictor}}.svg"
SELECTION_FIGURE = f"{FIGURES}/selection_frequency/{{target}}/{{predictor}}.svg"
VALIDATION_FIGURE = f"{FIGURES}/validation/{{target}}/{{protocol}}.svg"
COMPARISON_FIGURE = f"{FIGURES}/comparison/{{target}}/{{protocol}}.svg"
LEARNING_FIGURE = f"{FIGURES}/learning_curve/{{target}}.svg"
CHOICE_FIGURE = f"{FIGURES}/choices/{{target}}.svg"
CORRELATION_FIGURE = f"{FIGURES}/metric_correlations/{{target}}.svg"
REDUNDANCY_FIGURE = f"{FIGURES}/redundancy.svg"
DIRECTION_FIGURE = f"{FIGURES}/direction_effects/{{target}}.svg"
VARIANCE_FIGURE = f"{FIGURES}/variance.svg"
ABLATION_FIGURE = f"{FIGURES}/ablations/{{target}}/{{predictor}}/{{ablation}}.svg"
SET_PREDICTION_FIGURE = f"{FIGURES}/sets/prediction/{{predictor}}.svg"
SET_CORRELATION_FIGURE = f"{FIGURES}/sets/correlations.svg"
SET_REGRET_FIGURE = f"{FIGURES}/sets/regrets.svg"
OVERVIEW = f"{ZOO}/overview.html"
REPORT = f"{ZOO}/report.html"
REPRODUCTION = f"{ZOO}/reproduction.md"


def in_zoo(pattern: str, zoo: str) -> str:
    """The pattern with the name of a zoo in place of the wildcard."""
    return pattern.replace("{zoo}", zoo)


def one_of(names: Iterable[str]) -> str:
    """Wildcard constraint: one of these names; nothing where there is none."""
    return "|".join(map(re.escape, names)) or "(?!)"


def one_of_source(entries: Mapping[str, Any], source: str) -> str:
    """Wildcard constraint: the names of the entries that have this `source`."""
    return one_of(sorted(name for name, entry in entries.items() if entry["source"] == source))


def taken_names(wildcard: str) -> set[str]:
    """What a value of the wildcard may not be: files and folders of ours stand in its place."""
    patterns = [p.split("/") for p in globals().values() if isinstance(p, str) and "/" in p]
    taken = set()
    for pattern in patterns:
        for depth, part in enumerate(pattern):
            before, found, after = part.partition(f"{{{wildcard}}}")
            for other in patterns if found else []:
                if len(other) <= depth or other[:depth] != pattern[:depth]:
                    continue
                name = other[depth]
                if "{" not in name and name.startswith(before) and name.endswith(after):
                    taken.add(name.removeprefix(before).removesuffix(after))
    return taken


_ONE_NAME = r"[^/]+"
WILDCARDS = {
    "pair": f"{_ONE_NAME}{PAIR_SEPARATOR}{_ONE_NAME}",
    **dict.fromkeys(
        [
            *("ablation", "backbone", "comparison", "dataset", "held_out_task", "kind", "merger"),
            *("candidate", "pooled_protocol", "predictor", "protocol", "recommendation", "set"),
            *("package", "target", "task", "zoo"),
        ],
        _ONE_NAME,
    ),
}
