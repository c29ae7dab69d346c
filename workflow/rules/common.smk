"""What all rules share: the checked config as a study, and the names of files."""

import os
import re
import sys
from pathlib import Path

from mergeability.workflow import paths
from mergeability.workflow.checks import config_problems
from mergeability.workflow.code import Code
from mergeability.workflow.data import LOOKED_AT, drawing_modules, package
from mergeability.workflow.resources import growing
from mergeability.workflow.study import Study
from mergeability.workflow.targets import target_problems
from mergeability.yaml_files import yaml_problems
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# Snakemake has read the files, and dropped what they give twice.
repeated = [line for file in workflow.configfiles for line in yaml_problems(file)]
if problems := repeated or config_problems(config):
    raise WorkflowError("The configuration has errors.", *problems)

# Threads that wait must not spin: beside another busy program they would hold up those that work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

study = Study(config)
for left_out in study.left_out if workflow.is_main_process else []:
    logger.warning(left_out)
# Snakemake reads its rules before it knows its targets. Those of a module are not ours alone.
asked = sys.argv[1:] if workflow.modifier.parent_modifier is None else []
if problems := list(target_problems(study, asked)):
    raise WorkflowError("There is nothing of this name.", *problems)

code = Code(lambda script: workflow.source_path(f"../scripts/{script}"))

ENVIRONMENT = "../envs/mergeability.yaml"
GPUS = config["gpus_per_job"]


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
    **paths.WILDCARDS,
