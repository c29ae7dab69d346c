"""Merges of more than two models: made, predicted, and weighed against one another."""

for job in study.sets.jobs("evaluate_set", "has_examples"):

    rule:
        name:
            job.rule
        input:
            unpack(study.sets.inputs(job.targets)),
        output:
            evaluations=expand(
                paths.SET_EVALUATION, set=job.targets, allow_missing=True
            ),
        log:
            f"results/{{zoo}}/logs/evaluate_sets/{{merger}}/{job.name}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/evaluate_sets/{{merger}}/{job.name}.tsv"
        wildcard_constraints:
            zoo=job.zoo_pattern,
            merger=paths.one_of(study.sets.mergers),
        conda:
            ENVIRONMENT
        resources:
            mem_mb=study.backbones.memory(4000, copies=6 + 5 * config["sets"]["size"]),
            runtime=growing(240),
            gpu=GPUS,
        params:
            code=code("merging/evaluate_merge.py", study.merging.modules),
            merging=study.merging.settings,
            batch_size=config["evaluation"]["batch_size"],
        message:
            f"Evaluating merges of sets by {{wildcards.merger}}: {job.title}"
        script:
            "../scripts/merging/evaluate_merge.py"


for job in study.sets.jobs("evaluate_set_by_command", "has_commands"):

    rule:
        name:
            job.rule
        input:
            unpack(study.sets.commanded_inputs(job.targets)),
        output:
            evaluations=expand(
                paths.SET_EVALUATION, set=job.targets, allow_missing=True
            ),
        log:
            f"results/{{zoo}}/logs/evaluate_sets/{{merger}}/{job.name}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/evaluate_sets/{{merger}}/{job.name}.tsv"
        wildcard_constraints:
            zoo=job.zoo_pattern,
            merger=paths.one_of(study.sets.mergers),
        conda:
            ENVIRONMENT
        resources:
            mem_mb=study.backbones.memory(4000, copies=4),
            runtime=growing(480 * len(job.targets)),
            gpu=GPUS,
        params:
            code=code("merging/evaluate_merge_by_command.py", study.merging.modules),
            merging=study.merging.settings,
            commands=study.sets.commands(job.targets),
        message:
            f"Evaluating merges of sets by {{wildcards.merger}} by command: {job.title}"
        script:
            "../scripts/merging/evaluate_merge_by_command.py"


rule collect_sets:
    input:
        evaluations=study.sets.evaluations,
    output:
        table=paths.SET_TABLE,
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
        code=code("sets/collect_sets.py"),
    message:
        "Collecting the sets of zoo {wildcards.zoo}"
    script:
        "../scripts/sets/collect_sets.py"


rule predict_sets:
    input:
        table=paths.SET_TABLE,
        pairs=paths.MERGER_PAIRS,
        singles=study.every(paths.SINGLE_EVALUATION),
    output:
        predictions=paths.SET_PREDICTIONS,
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
        code=code("sets/predict_sets.py", *study.sets.modules),
        predictors=study.sets.predictors,
        set_predictor=study.sets.set_predictor,
        sets=study.sets.drawn,
        seed=config["prediction"]["seed"],
    message:
        "Predicting the sets merged by {wildcards.merger}"
    script:
        "../scripts/sets/predict_sets.py"


rule correlate_sets:
    input:
        predictions=study.sets.every(paths.SET_PREDICTIONS),
    output:
        correlations=paths.SET_CORRELATIONS,
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
        code=code("sets/correlate_sets.py"),
        sets=study.sets.drawn,
    message:
        "Correlating predictions of the sets of zoo {wildcards.zoo}"
    script:
        "../scripts/sets/correlate_sets.py"


rule decide_sets:
    input:
        table=paths.SET_TABLE,
        pairs=paths.MERGER_PAIRS,
    output:
        options=paths.SET_OPTIONS,
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
        code=code("sets/decide_sets.py", *study.sets.modules),
        predictors=study.sets.predictors,
        sets=study.sets.decided,
        seed=config["prediction"]["seed"],
    message:
        "Weighing what to merge of sets by {wildcards.merger}"
    script:
        "../scripts/sets/decide_sets.py"


rule tabulate_regrets:
    input:
        options=study.sets.every(paths.SET_OPTIONS),
        singles=study.every(paths.SINGLE_EVALUATION),
    output:
        regrets=paths.SET_REGRETS,
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
        code=code("sets/tabulate_regrets.py"),
    message:
        "Tabulating regrets of decisions in zoo {wildcards.zoo}"
    script:
        "../scripts/sets/tabulate_regrets.py"


use rule plot_accuracy as plot_set_predictions with:
    input:
        predictions=study.sets.every(paths.SET_PREDICTIONS),
    output:
        **drawn(
            paths.SET_PREDICTION_FIGURE,
            "set_prediction",
            "Sets",
            "Predicted and real",
        ),
    log:
        "results/{zoo}/logs/plot_set_predictions/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_set_predictions/{predictor}.tsv"
    params:
        code=code("figures/plot.py", "figures.set_predictions"),
        figure="set_predictions",
        predictor="{predictor}",
    message:
        "Plotting predictions of sets by {wildcards.predictor}"


use rule plot_accuracy as plot_set_correlations with:
    input:
        correlations=paths.SET_CORRELATIONS,
    output:
        **drawn(
            paths.SET_CORRELATION_FIGURE,
            "set_correlations",
            "Sets",
            "Ranking of sets",
        ),
    log:
        "results/{zoo}/logs/plot_set_correlations.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_set_correlations.tsv"
    params:
        code=code("figures/plot.py", "figures.set_correlations", "paper_tables/*.csv"),
        figure="set_correlations",
    message:
        "Plotting correlations of the sets of zoo {wildcards.zoo}"


use rule plot_accuracy as plot_set_regrets with:
    input:
        regrets=paths.SET_REGRETS,
    output:
        **drawn(paths.SET_REGRET_FIGURE, "set_regrets", "Sets", "Decisions about sets"),
    log:
        "results/{zoo}/logs/plot_set_regrets.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_set_regrets.tsv"
    params:
        code=code("figures/plot.py", "figures.set_regrets"),
        figure="set_regrets",
    message:
        "Plotting regrets of decisions in zoo {wildcards.zoo}"
