"""What all rules share: the checked config as a study, and the names of files."""

import re
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


def drawn(svg, caption, category, content, **labels):
    """The two files of a figure; the report labels the SVG by its content and its wildcards."""
    wildcards = [name for name in re.findall("{.+?}", svg) if name != "{zoo}"]
    named = {name.strip("{}"): name for name in wildcards if name != content}
    shown = report(
        svg,
        caption=f"../report/{caption}.rst",
        category=category,
        labels={"content": content, **named, **labels},
    )
    return {"svg": shown, "png": Path(svg).with_suffix(".png")}


wildcard_constraints:
    **WILDCARDS,
