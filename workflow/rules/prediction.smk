"""From pairs tables to cross-validated predictions and their summary."""


rule collect_merger_pairs:
    input:
        metrics=study.every(PAIR_METRICS),
        singles=study.every(SINGLE_EVALUATION),
        merges=study.every(MERGE_EVALUATION),
        probes=study.probed_merges,
    output:
        table=MERGER_PAIRS,
    log:
        "results/{zoo}/logs/collect_merger_pairs/{merger}.log",
    benchmark:
        "results/{zoo}/benchmarks/collect_merger_pairs/{merger}.tsv"
    wildcard_constraints:
        zoo=study.one_of(study.evaluated_zoos),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("prediction/collect_merger_pairs.py"),
    message:
        "Collecting the pairs merged by {wildcards.merger}"
    script:
        "../scripts/prediction/collect_merger_pairs.py"


rule collect_pairs:
    input:
        tables=study.every(MERGER_PAIRS),
    output:
        table=PAIRS,
    log:
        "results/{zoo}/logs/collect_pairs.log",
    benchmark:
        "results/{zoo}/benchmarks/collect_pairs.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("prediction/collect_pairs.py"),
    message:
        "Collecting the pairs of zoo {wildcards.zoo}"
    script:
        "../scripts/prediction/collect_pairs.py"


rule list_complete_pairs:
    input:
        table=PAIRS,
    output:
        pairs=COMPLETE_PAIRS,
    log:
        "results/{zoo}/logs/list_complete_pairs.log",
    benchmark:
        "results/{zoo}/benchmarks/list_complete_pairs.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("prediction/list_complete_pairs.py"),
        metrics=study.metrics(),
        targets=study.targets,
    message:
        "Listing the complete pairs of zoo {wildcards.zoo}"
    script:
        "../scripts/prediction/list_complete_pairs.py"


# All folds of one predictor and merger are fitted together, and which folds there are depends on
# the zoo: hence one rule per zoo, with its name written out, so that Snakemake does not compare
# every file of the study with all these outputs.
for zoo in study.scored_zoos:

    rule:
        name:
            f"fit_fold_{zoo}"
        input:
            **study.complete_cases_of(zoo),
            table=in_zoo(MERGER_PAIRS, zoo),
        output:
            predictions=expand(
                in_zoo(FOLD, zoo), held_out_task=study.tasks(zoo), allow_missing=True
            ),
            diagnostics=expand(
                in_zoo(FOLD_DIAGNOSTICS, zoo),
                held_out_task=study.tasks(zoo),
                allow_missing=True,
            ),
            pooled_predictions=expand(
                in_zoo(FOLDS, zoo),
                pooled_protocol=study.pooled_protocols,
                allow_missing=True,
            ),
            pooled_diagnostics=expand(
                in_zoo(FOLDS_DIAGNOSTICS, zoo),
                pooled_protocol=study.pooled_protocols,
                allow_missing=True,
            ),
        log:
            f"results/{zoo}/logs/fit_fold/{{target}}/{{predictor}}/{{merger}}.log",
        benchmark:
            f"results/{zoo}/benchmarks/fit_fold/{{target}}/{{predictor}}/{{merger}}.tsv"
        group:
            "folds"
        conda:
            ENVIRONMENT
        resources:
            mem_mb=growing(4000),
            runtime=growing(30),
        params:
            *code("prediction/fit_fold.py"),
            predictor_code=study.predictor_code,
            method=study.predictor_method,
            parameters=study.predictor_parameters,
            metrics=study.predictor_metrics,
            protocols=study.pooled_protocols,
            seed=config["prediction"]["seed"],
        message:
            "Fitting {wildcards.predictor} on {wildcards.target} of {wildcards.merger}"
        script:
            "../scripts/prediction/fit_fold.py"


rule summarize_prediction:
    input:
        predictions=study.every(FOLD, FOLDS),
        diagnostics=study.every(FOLD_DIAGNOSTICS, FOLDS_DIAGNOSTICS),
    output:
        summary=SUMMARY,
        coefficients=COEFFICIENTS,
        comparison=COMPARISON,
        left_out=LEFT_OUT,
    log:
        "results/{zoo}/logs/summarize_prediction/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/summarize_prediction/{target}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("prediction/summarize_prediction.py"),
    message:
        "Summarising predictions of {wildcards.target}"
    script:
        "../scripts/prediction/summarize_prediction.py"


rule measure_choices:
    input:
        predictions=study.every(FOLD, FOLDS),
        diagnostics=study.every(FOLD_DIAGNOSTICS, FOLDS_DIAGNOSTICS),
    output:
        table=CHOICES,
    log:
        "results/{zoo}/logs/measure_choices/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/measure_choices/{target}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("prediction/measure_choices.py"),
    message:
        "Measuring choices by predictions of {wildcards.target}"
    script:
        "../scripts/prediction/measure_choices.py"
