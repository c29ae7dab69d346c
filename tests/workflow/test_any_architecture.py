"""Small language models of transformers, from their folders to predictions, in one run.

Four tasks of a few words each, a Llama of five thousand weights. The checkpoints come as a folder,
shards, a file and an adapter; a script of the user's own loads and scores every model.
"""

import copy
import json
import re
import shutil
import sys

import model_folders as models
import pandas as pd
import pytest
import tokenizers
import torch
import transformers
import yaml
from safetensors.torch import load_file
from workspace import ROOT, Workspace, with_few_fits

from mergeability.merging import merge

pytestmark = pytest.mark.slow

NUMBERS = [f"n{number}" for number in range(12)]
STEPS = {"back": lambda n: n - 1, "double": lambda n: 2 * n, "next": lambda n: n + 1, "stay": int}
SIZES = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2}
SCRIPT = '''"""Accuracy of a language model on the words of some lines, from the third word."""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def score(folder, lines):
    model = AutoModelForCausalLM.from_pretrained(folder).float().eval()
    words = AutoTokenizer.from_pretrained(folder)(lines, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        said = model(words).logits.argmax(-1)
    return float((said[:, 1:-1] == words[:, 2:]).float().mean())


if __name__ == "__main__":
    folder, out, task = sys.argv[1:]
    with open(f"{task}.txt") as file:
        accuracy = score(folder, file.read().splitlines())
    with open(out, "w") as file:
        json.dump({"results": {task: {"acc": accuracy}}}, file)
'''


def lines_of(task: str) -> list[str]:
    """The name of the task, a number, and what the task makes of it again and again."""
    lines = []
    for number in range(len(NUMBERS)):
        words = [task]
        for _ in range(5):
            words.append(NUMBERS[number % len(NUMBERS)])
            number = STEPS[task](number)  # noqa: PLW2901 - the next word
        lines.append(" ".join(words))
    return lines


def tuned(model, tokenizer, tasks, steps, part=""):
    """A copy of the model after some steps of its parameters on the lines of some tasks."""
    model = copy.deepcopy(model).train()
    lines = [line for task in tasks for line in lines_of(task)]
    words = tokenizer(lines, return_tensors="pt")["input_ids"]
    trained = [parameter for name, parameter in model.named_parameters() if part in name]
    optimizer = torch.optim.AdamW(trained, lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        logits = model(words).logits[:, 1:-1]
        torch.nn.functional.cross_entropy(logits.flatten(0, 1), words[:, 2:].flatten()).backward()
        optimizer.step()
    return model.eval()


def save_as_adapter(base, model, folder, rank=16):
    """The change of all projections, whose rank is 16 at most, as PEFT would save it."""
    before, after, factors = base.state_dict(), model.state_dict(), {}
    for name in before:
        if found := re.fullmatch(r"(.*_proj)\.weight", name):
            left, sizes, right = torch.linalg.svd(after[name] - before[name], full_matrices=False)
            module = f"base_model.model.{found[1]}"
            factors[f"{module}.lora_A.weight"] = right[:rank]
            factors[f"{module}.lora_B.weight"] = left[:, :rank] * sizes[:rank]
    models.save_adapter(factors, folder, r=rank, lora_alpha=rank)


def write_models(folder):
    """The base, and a checkpoint of each task in a form of its own."""
    words = {word: place for place, word in enumerate([*STEPS, *NUMBERS])}
    inner = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="stay"))
    inner.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=inner)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(vocab_size=len(words), num_attention_heads=2, **SIZES)
    base = tuned(transformers.LlamaForCausalLM(config), tokenizer, list(STEPS), 5)
    base.save_pretrained(folder / "base", max_shard_size="10KB")
    tokenizer.save_pretrained(folder / "base")
    own = {task: tuned(base, tokenizer, [task], 60, "_proj" * (task == "stay")) for task in STEPS}
    own["back"].save_pretrained(folder / "back")
    own["double"].save_pretrained(folder / "double", max_shard_size="8KB")
    models.save_torch({"state_dict": own["next"].state_dict()}, folder / "next.pt")
    save_as_adapter(base, own["stay"], folder / "stay")


def study():
    """One merger; the script is the command of every task."""
    config = yaml.safe_load((ROOT / "config/screening.yaml").read_text())
    command = {
        "run": f"{sys.executable} score.py {{model}} {{out}} {{task}}",
        "score": ["results", "{task}", "acc"],
    }
    config["backbones"] = {"llama": {"source": "weights", "path": "base"}}
    config["zoos"] = {
        "steps": {
            "seed": 0,
            "backbone": "llama",
            "checkpoints": {
                task: {"path": f"{task}{'.pt' if task == 'next' else ''}"} for task in STEPS
            },
            "commands": {task: {**command, "files": ["score.py", f"{task}.txt"]} for task in STEPS},
            "merges": {"halves": ["next__back", "back__next__stay"]},
        }
    }
    config["mergers"] = {"halves": {"method": "task_arithmetic", "scale": 0.5}}
    return with_few_fits(config)


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """The finished zoo."""
    workspace = Workspace.create(tmp_path_factory.mktemp("steps") / "zoo", study())
    write_models(workspace.folder)
    (workspace / "score.py").write_text(SCRIPT)
    for task in STEPS:
        (workspace / f"{task}.txt").write_text("\n".join(lines_of(task)) + "\n")
    workspace.run()
    return workspace


def read(workspace, path):
    return json.loads((workspace / f"results/steps/{path}").read_text())


def test_checkpoints_and_merges_are_scored_and_predicted(steps):
    singles = {task: read(steps, f"evaluations/single/{task}.json") for task in STEPS}
    assert all(s["accuracy"] > s["zero_shot_accuracy"] for s in singles.values())
    table = pd.read_parquet(steps / "results/steps/pairs.parquet")
    assert len(table) == 6
    assert table.notna().all(axis=None)
    merged = table.set_index("pair").loc["back__next"]
    expected = [merged[f"accuracy_merged_{side}"] / singles[task]["accuracy"]
                for side, task in (("a", "back"), ("b", "next"))]  # fmt: skip
    assert merged["normalized_accuracy"] == pytest.approx(sum(expected) / 2)
    folds = list((steps / "results/steps/prediction").rglob("loto/*.parquet"))
    assert len(folds) == 2 * len(STEPS)
    for page in ("overview.html", "report.html", "figures/accuracy/halves.svg"):
        assert (steps / f"results/steps/{page}").is_file()
    assert not (steps / "results/steps/checkpoints/back.safetensors").exists()
    assert steps.planned() == set()


def test_a_written_merge_loads_and_scores_as_the_one_that_was_evaluated(steps, monkeypatch):
    monkeypatch.syspath_prepend(str(steps.folder))
    import score  # noqa: PLC0415 - the user's script

    folder = steps / "results/steps/merged/halves/back__next"
    known = read(steps, "evaluations/halves/back__next.json")["tasks"]
    for task in ("back", "next"):
        assert score.score(folder, lines_of(task)) == known[task]["accuracy"]
    assert (steps / "results/steps/merged/halves/back__next__stay/config.json").is_file()


def test_a_merge_of_the_dag_is_that_of_the_command(steps, tmp_path):
    paths = [steps / name for name in ("back", "next.pt")]
    merge(
        *(paths, steps / "base", tmp_path / "out"),
        method="task_arithmetic",
        parameters={"scale": 0.5},
    )
    for file in sorted((tmp_path / "out").glob("*.safetensors")):
        ours = load_file(steps / f"results/steps/merged/halves/back__next/{file.name}")
        theirs = load_file(file)
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_what_is_evaluated_again_follows_from_files_of_commands(steps):
    before = (steps / "back.txt").read_text()
    try:
        (steps / "back.txt").write_text("back n1 n0 n11 n10 n9\n")
        jobs = {job for job in steps.planned() if "by command" in job}
        assert jobs == {
            "Evaluating the checkpoint of back by command",
            *(
                f"Evaluating merges by halves by command: back__{task}"
                for task in ("double", "next", "stay")
            ),
        }
    finally:
        (steps / "back.txt").write_text(before)


def test_sets_are_evaluated_by_commands_too(steps):
    changed = Workspace(steps.folder, steps.copy_config())
    changed.config["sets"] = {"size": 3, "count": 2, "seed": 0, "predictors": ["ridge"]}
    changed.write_config()
    try:
        jobs = [job for job in steps.planned() if "Evaluating merges" in job]
        assert len(jobs) == 2
        assert all(job.startswith("Evaluating merges of sets by halves by command") for job in jobs)
    finally:
        steps.write_config()


def test_merges_of_models_in_a_folder_are_recommended(steps, tmp_path):
    copied = steps.copy(tmp_path / "copy")
    for name in ("back", "double", "stay"):
        shutil.copytree(copied / name, copied / f"mine/my-{name}")
    given = ("--zoo", "steps", "--cores", "1")
    result = copied.mergeability("recommend", "mine", *given)
    assert result.returncode == 0, result.stdout + result.stderr
    page = copied / result.stdout.splitlines()[-1].removeprefix("Recommendation: ")
    table = pd.read_parquet(page.with_name("pairs.parquet"))
    assert sorted(table["pair"]) == ["my-back__my-double", "my-back__my-stay", "my-double__my-stay"]


def test_a_command_that_fails_stops_the_job_with_its_task(steps, tmp_path):
    copied = steps.copy(tmp_path / "copy")
    broken = copied.config["zoos"]["steps"]["commands"]["back"]
    broken["run"] = "echo no such benchmark >&2; exit 3  # {model} {out}"
    copied.write_config()
    failed = copied.snakemake("results/steps/evaluations/single/back.json")
    assert failed.returncode
    assert "task back: the command ended with 3 (no such benchmark)" in failed.stderr
