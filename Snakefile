"""From a zoo of fine-tuned encoders to merges, metrics, predictions and a report."""

import sys

from snakemake.exceptions import WorkflowError

snakemake.utils.min_version("9.27")

# A config file given on the command line is complete: it replaces the default.
if not workflow.overwrite_configfiles:

    configfile: "config/config.yaml"


ROOT = str(workflow.current_basedir)
sys.path.insert(0, f"{ROOT}/workflow/scripts")


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/backbones.smk"
include: "workflow/rules/checkpoints.smk"
include: "workflow/rules/merging.smk"
include: "workflow/rules/metrics.smk"
include: "workflow/rules/prediction.smk"
include: "workflow/rules/report.smk"


rule checkpoints:
    input:
        [files_of(pattern, zoo) for zoo in ZOOS for pattern in (CHECKPOINT, SINGLE_EVALUATION)],


rule evaluations:
    input:
        [files_of(MERGE_EVALUATION, zoo) for zoo in ZOOS],


rule metrics:
    input:
        [files_of(PAIR_METRICS, zoo) for zoo in ZOOS],


rule predictions:
    input:
        [files_of(pattern, zoo) for zoo in ZOOS for pattern in (PAIRS, FOLD, SUMMARY)],


# Lists what every stage leaves behind, so that a file deleted by hand is made again.
rule all:
    default_target: True
    input:
        rules.checkpoints.input,
        rules.evaluations.input,
        rules.metrics.input,
        rules.predictions.input,
        expand("results/{zoo}/report.html", zoo=ZOOS),


onsuccess:
    print_results()
