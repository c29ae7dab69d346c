"""From a zoo of fine-tuned encoders to merges, metrics, predictions and a report."""

snakemake.utils.min_version("9.27")

# A config file given on the command line is complete: it replaces the default.
if not workflow.overwrite_configfiles:

    configfile: "config/config.yaml"


ROOT = str(workflow.current_basedir)


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/backbones.smk"
include: "workflow/rules/checkpoints.smk"
include: "workflow/rules/merging.smk"
include: "workflow/rules/mergers.smk"
include: "workflow/rules/metrics.smk"
include: "workflow/rules/measurements.smk"
include: "workflow/rules/prediction.smk"
include: "workflow/rules/analysis.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/recommendation.smk"
include: "workflow/rules/report.smk"


if "sets" in config:

    include: "workflow/rules/sets.smk"


rule checkpoints:
    input:
        study.of_zoos(study.built_zoos, CHECKPOINT),
        study.of_zoos(study.evaluated_zoos, SINGLE_EVALUATION),


rule evaluations:
    input:
        study.of_zoos(study.evaluated_zoos, *study.merge_evaluations),
        study.tuning_files(),


rule sets:
    input:
        study.set_files(study.zoos),


rule metrics:
    input:
        study.of_zoos(study.built_zoos, PAIR_METRICS),
        study.of_zoos(study.screened_zoos, METRICS_TABLE, SCREENING_FIGURE),


rule predictions:
    input:
        study.prediction_files(),


rule analyses:
    input:
        study.analysis_files(),


rule recommendations:
    input:
        study.recommendation_files(),


# Times the families of metrics, and the mergers; not part of `all`, since it wants a machine to
# itself.
rule costs:
    input:
        study.of_zoos(study.built_zoos, FAMILY_COST),
        study.of_zoos(study.evaluated_zoos, MERGER_COST),


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
        study.of_zoos(study.scored_zoos, REPORT),


onsuccess:
    print(study.results_text())
