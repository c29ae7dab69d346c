"""From pairs tables to cross-validated predictions and their summary."""

from functools import partial


rule import_measurements:
    input:
        unpack(study.prediction.measured_files),
    output:
        table=paths.MERGER_PAIRS,
    log:
        "results/{zoo}/logs/import_measurements/{merger}.log",
    benchmark:
        "results/{zoo}/benchmarks/import_measurements/{merger}.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("measured")),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=code("measurements/import_measurements.py"),
        measured=study.prediction.measured_zoo,
    message:
        "Importing measurements of pairs merged by {wildcards.merger}"
    script:
        "../scripts/measurements/import_measurements.py"


rule collect_merger_pairs:
    input:
        metrics=study.every(paths.PAIR_METRICS),
        singles=study.every(paths.SINGLE_EVALUATION),
        merges=study.every(paths.MERGE_EVALUATION),
        probes=study.prediction.probed_merges,
    output:
        table=paths.MERGER_PAIRS,
    log:
        "results/{zoo}/logs/collect_merger_pairs/{merger}.log",
    benchmark:
        "results/{zoo}/benchmarks/collect_merger_pairs/{merger}.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("evaluated")),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=code("prediction/collect_merger_pairs.py"),
    message:
        "Collecting the pairs merged by {wildcards.merger}"
    script:
        "../scripts/prediction/collect_merger_pairs.py"


rule collect_pairs:
    input:
        tables=study.every(paths.MERGER_PAIRS),
    output:
        table=paths.PAIRS,
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
        code=code("prediction/collect_pairs.py"),
    message:
        "Collecting the pairs of zoo {wildcards.zoo}"
    script:
        "../scripts/prediction/collect_pairs.py"


# Of a zoo that merges some of its pairs: all of them, measured or predicted.
checkpoint complete_pairs:
    input:
        table=paths.MERGER_PAIRS,
        proxies=study.prediction.completion_proxies,
    output:
        table=paths.COMPLETED,
    log:
        "results/{zoo}/logs/complete_pairs/{merger}.log",
    benchmark:
        "results/{zoo}/benchmarks/complete_pairs/{merger}.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("designed")),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=code("prediction/complete_pairs.py", study.prediction.completion_modules),
        predictor=study.prediction.completion,
        target=study.prediction.completed_target,
        seed=config["prediction"]["seed"],
    message:
        "Predicting the pairs that {wildcards.merger} did not merge"
    script:
        "../scripts/prediction/complete_pairs.py"


rule confirm_pairs:
    input:
        table=paths.COMPLETED,
        merges=lambda wildcards: study.prediction.promising(
            wildcards, checkpoints.complete_pairs.get(**wildcards).output.table
        ),
    output:
        table=paths.CONFIRMED,
    log:
        "results/{zoo}/logs/confirm_pairs/{merger}.log",
    benchmark:
        "results/{zoo}/benchmarks/confirm_pairs/{merger}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=code("prediction/confirm_pairs.py"),
        target=study.prediction.completed_target,
    message:
        "Confirming the best pairs merged by {wildcards.merger}"
    script:
        "../scripts/prediction/confirm_pairs.py"


rule list_complete_pairs:
    input:
        table=paths.PAIRS,
    output:
        pairs=paths.COMPLETE_PAIRS,
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
        code=code("prediction/list_complete_pairs.py"),
        metrics=study.paper_metrics,
        targets=study.targets,
    message:
        "Listing the complete pairs of zoo {wildcards.zoo}"
    script:
        "../scripts/prediction/list_complete_pairs.py"


# All folds of one predictor and merger are fitted together, and which folds there are depends on
# the zoo: hence one rule per zoo, with its name written out, so that Snakemake does not compare
# every file of the study with all these outputs.
for zoo in study.zoos_that_are("scored"):

    rule:
        name:
            f"fit_fold_{zoo}"
        input:
            **study.prediction.complete_cases_of(zoo),
            table=paths.in_zoo(paths.MERGER_PAIRS, zoo),
            proxies=partial(study.prediction.proxy_tables, zoo=zoo),
            others=partial(study.prediction.other_tables, zoo=zoo),
        output:
            predictions=expand(
                paths.in_zoo(paths.FOLD, zoo),
                held_out_task=study.zoos[zoo].tasks,
                allow_missing=True,
            ),
            diagnostics=expand(
                paths.in_zoo(paths.FOLD_DIAGNOSTICS, zoo),
                held_out_task=study.zoos[zoo].tasks,
                allow_missing=True,
            ),
            pooled_predictions=expand(
                paths.in_zoo(paths.FOLDS, zoo),
                pooled_protocol=study.prediction.pooled_protocols,
                allow_missing=True,
            ),
            pooled_diagnostics=expand(
                paths.in_zoo(paths.FOLDS_DIAGNOSTICS, zoo),
                pooled_protocol=study.prediction.pooled_protocols,
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
            code=code("prediction/fit_fold.py", study.prediction.modules),
            method=study.prediction.method,
            parameters=study.prediction.parameters,
            metrics=study.prediction.metrics,
            proxies=partial(study.prediction.proxies, zoo=zoo),
            others=partial(study.prediction.others, zoo=zoo),
            protocols=study.prediction.pooled_protocols,
            seed=config["prediction"]["seed"],
        message:
            "Fitting {wildcards.predictor} on {wildcards.target} of {wildcards.merger}"
        script:
            "../scripts/prediction/fit_fold.py"


# How well a predictor does that knows some of the pairs, drawn in many ways.
rule try_budgets:
    input:
        unpack(study.prediction.complete_cases),
        table=paths.MERGER_PAIRS,
        proxies=study.prediction.proxy_tables,
    output:
        table=paths.BUDGET,
        predictions=paths.BUDGET_PREDICTIONS,
    log:
        "results/{zoo}/logs/try_budgets/{target}/{predictor}/{merger}.log",
    benchmark:
        "results/{zoo}/benchmarks/try_budgets/{target}/{predictor}/{merger}.tsv"
    group:
        "folds"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        code=code("prediction/try_budgets.py", study.prediction.modules),
        method=study.prediction.method,
        parameters=study.prediction.parameters,
        metrics=study.prediction.metrics,
        proxies=study.prediction.proxies,
        budget=study.prediction.budget,
        seed=config["prediction"]["seed"],
    message:
        "Learning {wildcards.target} of {wildcards.merger} by {wildcards.predictor} from few merges"
    script:
        "../scripts/prediction/try_budgets.py"


rule draw_learning_curves:
    input:
        tables=study.prediction.learning_files,
        predictions=study.prediction.learned_predictions,
    output:
        table=paths.LEARNING_CURVE,
        mergers=paths.LEARNED_MERGERS,
    log:
        "results/{zoo}/logs/draw_learning_curves/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/draw_learning_curves/{target}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=code("prediction/draw_learning_curves.py"),
        groups=study.prediction.learning_groups,
        compared=study.prediction.learned_groups,
    message:
        "Summarising what is learned from few merges: {wildcards.target}"
    script:
        "../scripts/prediction/draw_learning_curves.py"


# Which pairs foretell sets that were measured elsewhere: those of their merger, or of the one whose
# pairs move as far along each update; in their own zoo, or in a proxy.
rule rank_measured_sets:
    input:
        unpack(study.prediction.set_files),
    output:
        table=paths.SETS_FROM_PAIRS,
    log:
        "results/{zoo}/logs/rank_measured_sets.log",
    benchmark:
        "results/{zoo}/benchmarks/rank_measured_sets.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("measured_sets")),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=code("sets/rank_measured_sets.py"),
        measured=study.prediction.measured_zoo,
        zoos=study.prediction.set_zoos,
        mergers=study.merging.timed,
        targets=study.targets,
    message:
        "Ranking the measured sets of zoo {wildcards.zoo} by pairs"
    script:
        "../scripts/sets/rank_measured_sets.py"


rule summarize_prediction:
    input:
        predictions=study.every(paths.FOLD, paths.FOLDS),
        diagnostics=study.every(paths.FOLD_DIAGNOSTICS, paths.FOLDS_DIAGNOSTICS),
    output:
        summary=paths.SUMMARY,
        coefficients=paths.COEFFICIENTS,
        refits=paths.REFITS,
        comparison=paths.COMPARISON,
        left_out=paths.LEFT_OUT,
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
        code=code("prediction/summarize_prediction.py"),
    message:
        "Summarising predictions of {wildcards.target}"
    script:
        "../scripts/prediction/summarize_prediction.py"


rule measure_choices:
    input:
        predictions=study.every(paths.FOLD, paths.FOLDS),
        diagnostics=study.every(paths.FOLD_DIAGNOSTICS, paths.FOLDS_DIAGNOSTICS),
    output:
        table=paths.CHOICES,
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
        code=code("prediction/measure_choices.py"),
    message:
        "Measuring choices by predictions of {wildcards.target}"
    script:
        "../scripts/prediction/measure_choices.py"
