"""From pairs tables to cross-validated predictions and their summary."""


def predictor_method(wildcards):
    """A param: the method of the predictor that the wildcard names."""
    return config["prediction"]["predictors"][wildcards.predictor]["method"]


def predicts_target(wildcards):
    """A param: whether predictions are in units of the target, or scores on a scale of their own."""
    return PREDICTORS[predictor_method(wildcards)].in_target_units


def predictor_parameters(wildcards):
    """A param: all parameters of the predictor, defaults included."""
    entry = config["prediction"]["predictors"][wildcards.predictor]
    return resolve_parameters(entry["method"], parameters_of(entry))


def predictor_metrics(wildcards):
    """A param: the metrics that the predictor looks at; none for a baseline."""
    if not PREDICTORS[predictor_method(wildcards)].uses_metrics:
        return []
    return sorted(metric_names(config["metrics"]["families"]))


def fitting_code(wildcards):
    """The library files behind a fit and the predictor that it runs."""
    method = predictor_method(wildcards)
    return code("fit_fold.py", f"mergeability/prediction/{method}.py")


rule collect_merger_pairs:
    input:
        metrics=every(PAIR_METRICS),
        singles=every(SINGLE_EVALUATION),
        merges=every(MERGE_EVALUATION),
        code=code("collect_merger_pairs.py"),
    output:
        table=MERGER_PAIRS,
    log:
        "results/{zoo}/logs/collect_merger_pairs/{merger}.log",
    benchmark:
        "results/{zoo}/benchmarks/collect_merger_pairs/{merger}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=20,
    message:
        "Collecting the pairs merged by {wildcards.merger}"
    script:
        "../scripts/collect_merger_pairs.py"


rule collect_pairs:
    input:
        tables=every(MERGER_PAIRS),
        code=code("collect_pairs.py"),
    output:
        table=PAIRS,
    log:
        "results/{zoo}/logs/collect_pairs.log",
    benchmark:
        "results/{zoo}/benchmarks/collect_pairs.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=20,
    message:
        "Collecting the pairs of zoo {wildcards.zoo}"
    script:
        "../scripts/collect_pairs.py"


# The folds of one predictor and merger are fitted together, and which folds there are depends on
# the zoo: hence one rule per zoo.
for zoo in ZOOS:

    rule:
        name:
            f"fit_fold_{zoo}"
        input:
            table=MERGER_PAIRS,
            code=fitting_code,
        output:
            predictions=expand(FOLD, held_out_task=tasks_of(zoo), allow_missing=True),
            diagnostics=expand(FOLD_DIAGNOSTICS, held_out_task=tasks_of(zoo), allow_missing=True),
        params:
            method=predictor_method,
            parameters=predictor_parameters,
            metrics=predictor_metrics,
            seed=config["prediction"]["seed"],
        wildcard_constraints:
            zoo=re.escape(zoo),
        log:
            "results/{zoo}/logs/fit_fold/{target}/{predictor}/{merger}.log",
        benchmark:
            "results/{zoo}/benchmarks/fit_fold/{target}/{predictor}/{merger}.tsv"
        conda:
            ENVIRONMENT
        resources:
            mem_mb=4000,
            runtime=30,
        message:
            "Fitting {wildcards.predictor} on {wildcards.target} of {wildcards.merger}"
        script:
            "../scripts/fit_fold.py"


rule summarize_prediction:
    input:
        predictions=every(FOLD),
        diagnostics=every(FOLD_DIAGNOSTICS),
        code=code("summarize_prediction.py"),
    output:
        summary=SUMMARY,
        coefficients=COEFFICIENTS,
    log:
        "results/{zoo}/logs/summarize_prediction/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/summarize_prediction/{target}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=20,
    message:
        "Summarising predictions of {wildcards.target}"
    script:
        "../scripts/summarize_prediction.py"
