import pytest

from mergeability.naming import all_pairs, check_task_name, pair_name, split_pair, stable_seed


def test_pair_name_ignores_order():
    assert pair_name("b", "a") == pair_name("a", "b") == "a__b"
    assert split_pair("a__b") == ("a", "b")


def test_pair_of_one_task_is_refused():
    with pytest.raises(ValueError, match="two different tasks"):
        pair_name("a", "a")


def test_all_pairs_are_sorted_and_independent_of_order():
    assert all_pairs(["c", "a", "b"]) == ["a__b", "a__c", "b__c"] == all_pairs(["b", "c", "a"])


@pytest.mark.parametrize("name", ["a", "MNIST", "cifar-10", "x.y_z", "0shot"])
def test_valid_task_names(name):
    assert check_task_name(name) == name


@pytest.mark.parametrize("name", ["", "a/b", "a__b", "_a", "-a", "a_", "a b", "é"])
def test_invalid_task_names(name):
    with pytest.raises(ValueError, match="task name"):
        check_task_name(name)


def test_names_of_valid_tasks_can_be_told_apart_in_a_pair():
    assert split_pair(pair_name("a_b", "a")) == ("a", "a_b")


def test_seeds_depend_on_every_name_and_their_boundaries():
    seeds = {
        stable_seed("a", "bc"),
        stable_seed("ab", "c"),
        stable_seed("abc"),
        stable_seed(0, "a"),
    }
    assert len(seeds) == 4
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert stable_seed(0, "finetuning", "mnist") == 8501795648230775718
