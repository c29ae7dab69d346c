"""Where every artifact lives: file name patterns, with wildcards in braces."""

from mergeability.naming import PAIR_SEPARATOR

DATASET = "resources/datasets/{dataset}/{task}"
TRAIN_SPLIT = f"{DATASET}/train.safetensors"
TEST_SPLIT = f"{DATASET}/test.safetensors"
CLASSES = f"{DATASET}/classes.json"

BACKBONE = "resources/backbones/{backbone}"
ARCHITECTURE = f"{BACKBONE}/architecture.json"
TOKENIZER = f"{BACKBONE}/tokenizer.json"
BOTH_TOWERS = f"{BACKBONE}/weights.safetensors"
VISION_TOWER = f"{BACKBONE}/vision.safetensors"

ZOO = "results/{zoo}"
HEAD = f"{ZOO}/heads/{{task}}.safetensors"
CHECKPOINT = f"{ZOO}/checkpoints/{{task}}.safetensors"
CALIBRATION = f"{ZOO}/calibration/{{task}}.safetensors"
SKETCH = f"{ZOO}/sketches/{{task}}.safetensors"
SINGLE_EVALUATION = f"{ZOO}/evaluations/single/{{task}}.json"
MERGE_EVALUATION = f"{ZOO}/evaluations/{{merger}}/{{pair}}.json"
MERGED = f"{ZOO}/merged/{{merger}}/{{pair}}.safetensors"
PAIR_METRICS = f"{ZOO}/metrics/{{pair}}.parquet"
MERGER_PAIRS = f"{ZOO}/pairs/{{merger}}.parquet"
PAIRS = f"{ZOO}/pairs.parquet"

PREDICTION = f"{ZOO}/prediction/{{target}}"
FOLD = f"{PREDICTION}/{{predictor}}/{{merger}}/loto/{{held_out_task}}.parquet"
FOLD_DIAGNOSTICS = f"{PREDICTION}/{{predictor}}/{{merger}}/loto/{{held_out_task}}.json"
SUMMARY = f"{PREDICTION}/summary.parquet"
COEFFICIENTS = f"{PREDICTION}/coefficients.parquet"

SUMMARY_TABLE = f"{ZOO}/tables/summary.csv"
SUMMARY_TEXT = f"{ZOO}/tables/summary.txt"
ACCURACY_FIGURE = f"{ZOO}/figures/accuracy/{{merger}}.svg"
PREDICTION_FIGURE = f"{ZOO}/figures/prediction/{{target}}/{{predictor}}.svg"
COEFFICIENT_FIGURE = f"{ZOO}/figures/coefficients/{{target}}/{{predictor}}.svg"
VALIDATION_FIGURE = f"{ZOO}/figures/validation/{{target}}.svg"
REPORT = f"{ZOO}/report.html"


def in_zoo(pattern: str, zoo: str) -> str:
    """The pattern with the name of a zoo in place of the wildcard."""
    return pattern.replace("{zoo}", zoo)


_ONE_NAME = r"[^/]+"
WILDCARDS = {
    "pair": f"{_ONE_NAME}{PAIR_SEPARATOR}{_ONE_NAME}",
    **dict.fromkeys(
        ("backbone", "dataset", "held_out_task", "merger", "predictor", "target", "task", "zoo"),
        _ONE_NAME,
    ),
}
