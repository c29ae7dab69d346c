"""Merges of more than two models: made, predicted, and weighed against one another."""

for rule_name, zoo_pattern, job, sets in study.set_evaluation_jobs():

    rule:
        name:
            rule_name
        input:
            unpack(study.set_evaluation_data(sets)),
        output:
            evaluations=expand(SET_EVALUATION, set=sets, allow_missing=True),
        log:
            f"results/{{zoo}}/logs/evaluate_sets/{{merger}}/{job}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/evaluate_sets/{{merger}}/{job}.tsv"
        wildcard_constraints:
            zoo=zoo_pattern,
            merger=study.one_of(study.set_mergers),
        conda:
            ENVIRONMENT
        resources:
            mem_mb=study.memory(4000, copies=6 + 5 * config["sets"]["size"]),
            runtime=growing(240),
            gpu=GPUS,
        params:
            *code("merging/evaluate_merge.py"),
            merger_code=study.merger_code,
            merging=study.merge_settings,
            batch_size=config["evaluation"]["batch_size"],
        message:
            f"Evaluating merges of sets by {{wildcards.merger}}: {job_title(sets)}"
        script:
            "../scripts/merging/evaluate_merge.py"


rule collect_sets:
    input:
        evaluations=study.all_set_evaluations,
    output:
        table=SET_TABLE,
    log:
        "results/{zoo}/logs/collect_sets.log",
    benchmark:
        "results/{zoo}/benchmarks/collect_sets.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("sets/collect_sets.py"),
    message:
        "Collecting the sets of zoo {wildcards.zoo}"
    script:
        "../scripts/sets/collect_sets.py"


rule predict_sets:
    input:
        table=SET_TABLE,
        pairs=MERGER_PAIRS,
        singles=study.every(SINGLE_EVALUATION),
    output:
        predictions=SET_PREDICTIONS,
    log:
        "results/{zoo}/logs/predict_sets/{merger}.log",
    benchmark:
        "results/{zoo}/benchmarks/predict_sets/{merger}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        *code("sets/predict_sets.py"),
        predictor_code=study.set_predictor_code,
        predictors=study.set_predictors,
        set_predictor=study.set_predictor,
        sets=study.drawn_in_zoo,
        seed=config["prediction"]["seed"],
    message:
        "Predicting the sets merged by {wildcards.merger}"
    script:
        "../scripts/sets/predict_sets.py"


rule correlate_sets:
    input:
        predictions=study.every_set(SET_PREDICTIONS),
    output:
        correlations=SET_CORRELATIONS,
    log:
        "results/{zoo}/logs/correlate_sets.log",
    benchmark:
        "results/{zoo}/benchmarks/correlate_sets.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("sets/correlate_sets.py"),
        sets=study.drawn_in_zoo,
    message:
        "Correlating predictions of the sets of zoo {wildcards.zoo}"
    script:
        "../scripts/sets/correlate_sets.py"


rule decide_sets:
    input:
        table=SET_TABLE,
        pairs=MERGER_PAIRS,
    output:
        options=SET_OPTIONS,
    log:
        "results/{zoo}/logs/decide_sets/{merger}.log",
    benchmark:
        "results/{zoo}/benchmarks/decide_sets/{merger}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        *code("sets/decide_sets.py"),
        predictor_code=study.set_predictor_code,
        predictors=study.set_predictors,
        sets=study.decided_in_zoo,
        seed=config["prediction"]["seed"],
    message:
        "Weighing what to merge of sets by {wildcards.merger}"
    script:
        "../scripts/sets/decide_sets.py"


rule tabulate_regrets:
    input:
        options=study.every_set(SET_OPTIONS),
        singles=study.every(SINGLE_EVALUATION),
    output:
        regrets=SET_REGRETS,
    log:
        "results/{zoo}/logs/tabulate_regrets.log",
    benchmark:
        "results/{zoo}/benchmarks/tabulate_regrets.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("sets/tabulate_regrets.py"),
    message:
        "Tabulating regrets of decisions in zoo {wildcards.zoo}"
    script:
        "../scripts/sets/tabulate_regrets.py"
