"""Models that commands evaluate: what a command is given, and every way in which it can fail."""

import json
from pathlib import Path

import model_folders as models
import pytest
import torch
from model_folders import BASE, TUNED, UP
from safetensors.torch import load_file

from mergeability.checkpoints.alignment import align
from mergeability.checkpoints.opening import open_source, open_weights
from mergeability.commands import evaluate_checkpoint, evaluate_merge, run_command
from mergeability.merging import merge

HALF = """printf '{"acc": 0.5}' > {out}"""


def command(run: str, score: str | list[str] = "acc") -> dict[str, object]:
    return {"run": run, "score": score}


@pytest.mark.parametrize(
    ("run", "score"),
    [
        (HALF, "acc"),
        ("""printf '{"results": {"maths": {"acc,none": 0.5}}}' > {out}""",
         ["results", "{task}", "acc,none"]),
        # As lm_eval does: a folder of its own beside the file that it is told.
        ("""d=$(dirname {out})/me; mkdir $d; echo '{"acc": 0.5}' > $d/results_2026.json""", "acc"),
        # Braces of the shell and of other programs stay as they are.
        ("""N=0.5; echo "x ${N}" | awk '{print "{\\"acc\\": " $2 "}"}' > {out}""", "acc"),
        ("""test {task} = maths; test -d {model}; echo '{"acc": 0.5}' > {out}""", "acc"),
    ],
)  # fmt: skip
def test_a_command_leaves_a_score(run, score, tmp_path: Path) -> None:
    model = tmp_path / "a model"
    model.mkdir()
    assert run_command("maths", command(run, score), model).accuracy == 0.5


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ("echo it broke >&2; exit 3", "the command ended with 3 (it broke): echo it broke"),
        ("false | cat; " + HALF, "the command ended with 1 (no output): false"),
        ("true", "the command must leave one file of JSON at {out}, not none: true"),
        ("d=$(dirname {out}); touch $d/a.json $d/b.json", "not a.json, b.json"),
        ("echo acc > {out}", "the command left no JSON (Expecting value"),
        (
            """echo '{"accc": 1}' > {out}""",
            "has no key 'acc' (did you mean 'accc'?); allowed: accc",
        ),
        ("echo 0.5 > {out}", "its result has no key 'acc'; allowed: none"),
        ("""echo '{"acc": "0.5"}' > {out}""", "its score is '0.5'; expected a number from 0"),
        ("""echo '{"acc": true}' > {out}""", "its score is True; expected a number from 0"),
        ("""echo '{"acc": NaN}' > {out}""", "its score is nan; expected a number from 0"),
        ("""echo '{"acc": -1}' > {out}""", "its score is -1; expected a number from 0"),
    ],
)
def test_a_command_that_fails_is_one_line_with_the_task(run, said, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^task maths: ") as caught:
        run_command("maths", command(run), tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_key_below_others_is_named_with_its_place(tmp_path: Path) -> None:
    run = """echo '{"results": {"code": 1}}' > {out}"""
    with pytest.raises(ValueError, match="no key 'maths' under results; allowed: code"):
        run_command("maths", command(run, ["results", "maths"]), tmp_path)


@pytest.fixture
def opened(tmp_path: Path):
    """A base in bfloat16, and beside it a folder in other shards and an adapter."""
    path = models.save_folder(models.cast(BASE, torch.bfloat16), tmp_path / "base", shards=2)
    maths = models.save_folder(TUNED, tmp_path / "maths", shards=3)
    law = models.save_adapter(models.factors([UP], BASE), tmp_path / "law")
    base = open_weights(path)
    return base, {
        name: align(open_source(at), base) for name, at in [("maths", maths), ("law", law)]
    }


def seen(tmp_path: Path, task: str) -> str:
    """A command that keeps what it is given, so that it can be looked at."""
    return f"""cp -r {{model}} {tmp_path}/seen_{task}_$(ls {tmp_path} | grep -c seen_); {HALF}"""


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return {n: t for file in folder.glob("*.safetensors") for n, t in load_file(file).items()}


def test_a_checkpoint_is_given_in_the_form_of_its_base(opened, tmp_path: Path) -> None:
    base, checkpoints = opened
    found = evaluate_checkpoint(
        base, "law", checkpoints["law"], command(seen(tmp_path, "law")), tmp_path
    )
    assert found == {"task": "law", "accuracy": 0.5, "zero_shot_accuracy": 0.5}
    before, after = weights(tmp_path / "seen_law_0"), weights(tmp_path / "seen_law_1")
    assert {name for name in before if not torch.equal(before[name], after[name])} == {
        f"{UP}.weight"
    }
    assert {tensor.dtype for tensor in after.values()} == {torch.bfloat16}
    for name in ("config.json", "tokenizer.json", "model.safetensors.index.json"):
        given = (tmp_path / f"seen_law_1/{name}").read_text()
        assert json.loads(given) == json.loads((tmp_path / f"base/{name}").read_text()), name


def test_a_merge_is_given_to_the_commands_of_its_tasks_and_normalised(
    opened, tmp_path: Path
) -> None:
    base, checkpoints = opened
    settings = {"method": "ties", "parameters": {"keep": 0.5}, "seed": 0}
    commands = {
        "law": command(seen(tmp_path, "law")),
        "maths": command("""echo '{"acc": 0.6}' > {out}"""),
    }
    found = evaluate_merge(
        base, checkpoints, "ours", "law__maths", settings, commands,
        {"law": 0.8, "maths": 0.6}, tmp_path,
    )  # fmt: skip
    assert (found["merger"], found["pair"]) == ("ours", "law__maths")
    assert found["tasks"]["law"] == {"accuracy": 0.5, "normalized_accuracy": 0.625}
    assert found["mean"] == {"accuracy": 0.55, "normalized_accuracy": 0.8125}
    paths = [tmp_path / "maths", tmp_path / "law"]
    merge(paths, tmp_path / "base", tmp_path / "out", method="ties", parameters={"keep": 0.5})
    given, expected = weights(tmp_path / "seen_law_0"), weights(tmp_path / "out")
    assert given.keys() == expected.keys()
    assert all(torch.equal(given[name], expected[name]) for name in expected)


def test_nothing_is_left_behind(opened, tmp_path: Path) -> None:
    base, checkpoints = opened
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    evaluate_checkpoint(base, "maths", checkpoints["maths"], command(HALF), scratch)
    with pytest.raises(ValueError, match="ended with 1"):
        evaluate_checkpoint(base, "maths", checkpoints["maths"], command("false"), scratch)
    assert not list(scratch.iterdir())


def test_a_base_in_one_file_has_merges_in_one_file(tmp_path: Path) -> None:
    base = open_weights(models.save_one(BASE, tmp_path / "base.safetensors"))
    checkpoint = align(open_source(models.save_folder(TUNED, tmp_path / "maths")), base)
    run = f"test -f {{model}}; {HALF}"
    assert evaluate_checkpoint(base, "maths", checkpoint, command(run), tmp_path)["accuracy"] == 0.5
