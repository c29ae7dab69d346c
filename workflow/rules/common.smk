"""What the rule files share: the checked config as a study, and the names of files."""

from pathlib import Path

from mergeability.workflow.resources import growing
from mergeability.workflow.checks.config import config_problems
from mergeability.workflow.code import code
from mergeability.workflow.paths import *
from mergeability.metrics.registry import FAMILIES, PAPER_FAMILIES
from mergeability.workflow.building import drawing_modules, job_title
from mergeability.workflow.study import Study
from snakemake.exceptions import WorkflowError

if problems := config_problems(config, f"{ROOT}/workflow/schemas/config.schema.yaml"):
    raise WorkflowError("The configuration has errors.", *problems)

study = Study(config)

ENVIRONMENT = "../envs/mergeability.yaml"
GPUS = config["gpus_per_job"]
METRICS_BY_FAMILY = {name: list(FAMILIES[name].metrics) for name in study.families}
ANALYSED_FAMILIES = {
    name: metrics
    for name, metrics in METRICS_BY_FAMILY.items()
    if name in PAPER_FAMILIES
}
TITLED_FAMILIES = {family.title: list(family.metrics) for family in FAMILIES.values()}


def drawn(svg, caption, category, **labels):
    """The two files of a figure; the SVG is part of the report, with `labels` of its own."""
    shown = report(
        svg, caption=f"../report/{caption}.rst", category=category, labels=labels
    )
    return {"svg": shown, "png": Path(svg).with_suffix(".png")}


wildcard_constraints:
    **WILDCARDS,
