"""From a zoo of fine-tuned encoders to merges, metrics, predictions and a report."""

snakemake.utils.min_version("9.27")

# A config file given on the command line is complete: it replaces the default.
if not workflow.overwrite_configfiles:

    configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/backbones.smk"
include: "workflow/rules/checkpoints.smk"
include: "workflow/rules/merging.smk"
include: "workflow/rules/metrics.smk"
include: "workflow/rules/prediction.smk"
include: "workflow/rules/analysis.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/recommendation.smk"
include: "workflow/rules/report.smk"


if "sets" in config:

    include: "workflow/rules/sets.smk"


rule checkpoints:
    input:
        study.of_zoos(study.zoos_that_are("built"), paths.CHECKPOINT),
        study.of_zoos(study.zoos_that_are("evaluated"), paths.SINGLE_EVALUATION),


rule evaluations:
    input:
        study.merging.evaluation_files,


rule sets:
    input:
        study.sets.files,


rule metrics:
    input:
        study.of_zoos(study.zoos_that_are("built"), paths.PAIR_METRICS),
        study.of_zoos(
            study.zoos_that_are("screened"),
            paths.METRICS_TABLE,
            paths.SCREENING_FIGURE,
        ),


rule predictions:
    input:
        study.prediction.files,


rule analyses:
    input:
        study.analysis.files,


rule recommendations:
    input:
        study.recommendations.files,


# Times the families of metrics, and the mergers; not part of `all`, since it wants a machine to
# itself.
rule costs:
    input:
        study.of_zoos(study.zoos_that_are("built"), paths.FAMILY_COST),
        study.of_zoos(study.zoos_that_are("evaluated"), paths.MERGER_COST),


# Lists what every stage leaves behind, so that a file deleted by hand is made again.
rule all:
    default_target: True
    input:
        rules.checkpoints.input,
        rules.evaluations.input,
        rules.sets.input,
        rules.metrics.input,
        rules.predictions.input,
        rules.analyses.input,
        rules.recommendations.input,
        study.report.files,


onsuccess:
    print(study.report.last_words())
