"""What the rule files share: the checked config as a study, and the names of files."""

from pathlib import Path

from mergeability.workflow import paths
from mergeability.workflow.checks import config_problems
from mergeability.workflow.code import Code
from mergeability.workflow.data import drawing_modules
from mergeability.workflow.resources import growing
from mergeability.workflow.study import Study
from snakemake.exceptions import WorkflowError

if problems := config_problems(config):
    raise WorkflowError("The configuration has errors.", *problems)

study = Study(config)
code = Code(lambda script: workflow.source_path(f"../scripts/{script}"))

ENVIRONMENT = "../envs/mergeability.yaml"
GPUS = config["gpus_per_job"]


wildcard_constraints:
    **paths.WILDCARDS,
