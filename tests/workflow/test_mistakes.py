"""A bad config stops the run before the first job, with one line that says what to change."""

import pytest

MISTAKES = {
    "merger": (
        lambda c: c["mergers"].update(x={"method": "soup"}),
        "mergers.x.method: unknown 'soup'; allowed: adamerging, breadcrumbs, ",
    ),
    "task": (
        lambda c: c["zoos"]["mini"]["tasks"].append("gratings"),
        "zoos.mini.tasks: unknown 'gratings' (did you mean 'grating'?); allowed: armenian, ",
    ),
    "key": (
        lambda c: c.update(evalution={}),
        "top level: unknown key 'evalution' (did you mean 'evaluation'?); allowed: ",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_one_clear_line_and_no_job(empty, name):
    change, expected = MISTAKES[name]
    change(empty.config)
    empty.write_config()
    result = empty.snakemake()
    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if expected in line]
    assert len(lines) == 1
    assert "Traceback" not in result.stderr
    assert not (empty / "resources").exists()
    assert not (empty / "results").exists()


def test_a_config_on_the_command_line_replaces_the_default(empty):
    other = empty / "other.yaml"
    config = empty / "config/config.yaml"
    other.write_text(config.read_text().replace("mini:", "other:"))
    planned = empty.planned("--configfile", str(other))
    assert "Writing the report of zoo other" in planned
    assert "Writing the report of zoo mini" not in planned


def test_a_key_given_twice_is_an_error_in_every_file(empty):
    config, overlay = empty / "config/config.yaml", empty / "more.yaml"
    overlay.write_text("analysis: {seeds: 3}\n")
    assert empty.snakemake("--dry-run", "--configfile", str(config), str(overlay)).returncode == 0
    overlay.write_text("analysis:\n  seeds: 3\n  seeds: 4\n")
    for arguments, named in [
        (["--configfile", str(config), str(overlay)], f"{overlay}: analysis.seeds"),
        ([], "config/config.yaml: gpus_per_job"),
    ]:
        result = empty.snakemake("--dry-run", *arguments)
        assert f"{named} is given 2 times, in lines " in result.stdout + result.stderr
        assert "Traceback" not in result.stderr
        config.write_text(config.read_text() + "gpus_per_job: 1\n")
    empty.write_config()
    candidates = empty / "mine.yaml"
    candidates.write_text("candidates:\n  a: {path: a.pt}\n  a: {path: b.pt}\n")
    result = empty.mergeability("recommend", str(candidates))
    assert result.stderr.startswith(f"{candidates}: candidates.a is given 2 times, in lines 2 and")


def test_a_target_with_a_name_that_does_not_exist_is_one_line(empty):
    asked = "results/mini/merged/tvs/arrows__shapes.safetensors"
    result = empty.snakemake("--dry-run", "--", asked)
    output = result.stdout + result.stderr
    assert result.returncode != 0
    assert f"{asked}: merger: unknown 'tvs' (did you mean 'tsv'?)" in output
    assert "Traceback" not in output
