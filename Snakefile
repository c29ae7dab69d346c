"""From a zoo of fine-tuned encoders to merges, metrics, predictions and a report."""

import sys

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.27")

# A config file given on the command line is complete: it replaces the default, not extends it.
if not workflow.overwrite_configfiles:

    configfile: "config/config.yaml"


sys.path.insert(0, workflow.source_path("workflow/scripts"))


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/backbones.smk"
include: "workflow/rules/checkpoints.smk"
include: "workflow/rules/merging.smk"
include: "workflow/rules/metrics.smk"
include: "workflow/rules/prediction.smk"
include: "workflow/rules/report.smk"
