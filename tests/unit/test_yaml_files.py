"""Files of users are read strictly: what YAML would drop is an error with its lines."""

import json

import pytest

from mergeability.yaml_files import read_yaml, yaml_problems

REPEATED = {
    "a: 1\nb: 2\na: 3\n": "a is given 2 times, in lines 1 and 3; keep one",
    "z:\n  c: {x: 1}\n  c: {x: 1}\n": "z.c is given 2 times, in lines 2 and 3; keep one",
    "z:\n- {}\n- {k: 1, k: 2}\n": "z.1.k is given 2 times, in lines 3 and 3; keep one",
    "'a': 1\na: 2\n\"a\": 3\n": "a is given 3 times, in lines 1, 2 and 3; keep one",
    "1: a\n1: b\n": "1 is given 2 times, in lines 1 and 2; keep one",
    '{\n\t"a": 1,\n\t"a": 2\n}': "a is given 2 times, in lines 2 and 3; keep one",
}
SOUND = [
    "",
    "a: {x: 1}\nb: {x: 1}\n",
    "base: &base {x: 1}\nother: &other {y: 1}\nmine:\n  <<: *base\n  <<: *other\n  x: 2\n",
    "a: &a [*a]\n",
    "- a\n- a\n",
]


def written(folder, text):
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", REPEATED)
def test_a_key_given_twice_is_named_with_its_lines(tmp_path, text):
    path = written(tmp_path, text)
    assert yaml_problems(path) == [f"{path}: {REPEATED[text]}"]
    with pytest.raises(ValueError, match=r"mine\.yaml: .* keep one"):
        read_yaml(path)


def test_every_key_is_reported(tmp_path):
    assert len(yaml_problems(written(tmp_path, "a: 1\na: 2\nb: {c: 1, c: 2}\n"))) == 2


@pytest.mark.parametrize("text", SOUND)
def test_what_repeats_nothing_is_sound(tmp_path, text):
    assert yaml_problems(written(tmp_path, text)) == []


def test_content_is_that_of_yaml(tmp_path):
    content = {"a": [1, 2.5, None], "b": {"c": "no"}}
    assert read_yaml(written(tmp_path, json.dumps(content))) == content


def test_what_is_no_yaml_is_one_line(tmp_path):
    (problem,) = yaml_problems(written(tmp_path, "a: [\nb: {"))
    assert problem.startswith(f"{tmp_path}/mine.yaml: not valid YAML (")
    assert "\n" not in problem
