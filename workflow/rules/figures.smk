"""Figures, each as SVG for reading and PNG for slides; the report shows the SVG."""


rule plot_accuracy:
    input:
        table=paths.MERGER_PAIRS,
    output:
        svg=report(
            paths.ACCURACY_FIGURE,
            caption="../report/accuracy.rst",
            category="Merging",
            labels={
                "merger": "{merger}",
                "content": "Normalised accuracy of all pairs",
            },
        ),
        png=Path(paths.ACCURACY_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_accuracy/{merger}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_accuracy/{merger}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_accuracy.py"),
    message:
        "Plotting accuracies of {wildcards.merger}"
    script:
        "../scripts/figures/plot_accuracy.py"


rule plot_prediction:
    input:
        predictions=study.every(paths.FOLD),
    output:
        svg=report(
            paths.PREDICTION_FIGURE,
            caption="../report/prediction.rst",
            category="Prediction",
            labels={
                "content": "Predicted against observed",
                "target": "{target}",
                "predictor": "{predictor}",
            },
        ),
        png=Path(paths.PREDICTION_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_prediction/{target}/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_prediction/{target}/{predictor}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_prediction.py"),
        in_target_units=study.figures.in_target_units,
    message:
        "Plotting predictions of {wildcards.target} by {wildcards.predictor}"
    script:
        "../scripts/figures/plot_prediction.py"


rule plot_coefficients:
    input:
        coefficients=paths.COEFFICIENTS,
    output:
        svg=report(
            paths.COEFFICIENT_FIGURE,
            caption="../report/coefficients.rst",
            category="Coefficients",
            labels={
                "content": "Mean coefficients",
                "target": "{target}",
                "predictor": "{predictor}",
            },
        ),
        png=Path(paths.COEFFICIENT_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_coefficients/{target}/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_coefficients/{target}/{predictor}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_coefficients.py"),
        families=study.figures.titled_families,
    message:
        "Plotting coefficients of {wildcards.predictor} for {wildcards.target}"
    script:
        "../scripts/figures/plot_coefficients.py"


rule plot_spread:
    input:
        coefficients=paths.COEFFICIENTS,
    output:
        svg=report(
            paths.SPREAD_FIGURE,
            caption="../report/spread.rst",
            category="Coefficients",
            labels={
                "content": "Spread over folds",
                "target": "{target}",
                "predictor": "{predictor}",
            },
        ),
        png=Path(paths.SPREAD_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_spread/{target}/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_spread/{target}/{predictor}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_spread.py"),
        families=study.figures.titled_families,
    message:
        "Plotting the spread of coefficients of {wildcards.predictor} for {wildcards.target}"
    script:
        "../scripts/figures/plot_spread.py"


rule plot_selection:
    input:
        coefficients=paths.COEFFICIENTS,
    output:
        svg=report(
            paths.SELECTION_FIGURE,
            caption="../report/selection.rst",
            category="Coefficients",
            labels={
                "content": "Selection frequency",
                "target": "{target}",
                "predictor": "{predictor}",
            },
        ),
        png=Path(paths.SELECTION_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_selection/{target}/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_selection/{target}/{predictor}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_selection.py"),
        families=study.figures.titled_families,
    message:
        "Plotting metrics selected by {wildcards.predictor} for {wildcards.target}"
    script:
        "../scripts/figures/plot_selection.py"


rule plot_validation:
    input:
        summary=paths.SUMMARY,
    output:
        svg=report(
            paths.VALIDATION_FIGURE,
            caption="../report/validation.rst",
            category="Prediction",
            labels={
                "content": "All predictors",
                "target": "{target}",
                "protocol": "{protocol}",
            },
        ),
        png=Path(paths.VALIDATION_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_validation/{target}/{protocol}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_validation/{target}/{protocol}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_validation.py"),
    message:
        "Plotting {wildcards.protocol} skill for {wildcards.target}"
    script:
        "../scripts/figures/plot_validation.py"


rule plot_comparison:
    input:
        comparison=paths.COMPARISON,
    output:
        svg=report(
            paths.COMPARISON_FIGURE,
            caption="../report/comparison.rst",
            category="Prediction",
            labels={
                "content": "Differences to baselines",
                "target": "{target}",
                "protocol": "{protocol}",
            },
        ),
        png=Path(paths.COMPARISON_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_comparison/{target}/{protocol}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_comparison/{target}/{protocol}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_comparison.py"),
    message:
        "Plotting {wildcards.protocol} differences for {wildcards.target}"
    script:
        "../scripts/figures/plot_comparison.py"


rule plot_correlations:
    input:
        correlations=paths.METRIC_CORRELATIONS,
    output:
        svg=report(
            paths.CORRELATION_FIGURE,
            caption="../report/correlations.rst",
            category="Metrics",
            labels={"content": "Single metrics", "target": "{target}"},
        ),
        png=Path(paths.CORRELATION_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_correlations/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_correlations/{target}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_correlations.py"),
        families=study.figures.titled_families,
    message:
        "Plotting correlations of metrics with {wildcards.target}"
    script:
        "../scripts/figures/plot_correlations.py"


rule plot_redundancy:
    input:
        redundancy=paths.REDUNDANCY,
        groups=paths.METRIC_GROUPS,
    output:
        svg=report(
            paths.REDUNDANCY_FIGURE,
            caption="../report/redundancy.rst",
            category="Metrics",
            labels={"content": "Redundancy of metrics"},
        ),
        png=Path(paths.REDUNDANCY_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_redundancy.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_redundancy.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_redundancy.py"),
    message:
        "Plotting the redundancy of metrics of zoo {wildcards.zoo}"
    script:
        "../scripts/figures/plot_redundancy.py"


rule plot_variance:
    input:
        variance=paths.VARIANCE,
    output:
        svg=report(
            paths.VARIANCE_FIGURE,
            caption="../report/variance.rst",
            category="Merging",
            labels={"content": "Task effects and interaction"},
        ),
        png=Path(paths.VARIANCE_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_variance.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_variance.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_variance.py"),
    message:
        "Plotting the variance of the targets of zoo {wildcards.zoo}"
    script:
        "../scripts/figures/plot_variance.py"


rule plot_ablation:
    input:
        table=paths.ABLATION,
    output:
        svg=report(
            paths.ABLATION_FIGURE,
            caption="../report/ablation.rst",
            category="Ablations",
            labels={
                "content": "{ablation}",
                "target": "{target}",
                "predictor": "{predictor}",
            },
        ),
        png=Path(paths.ABLATION_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_ablation/{target}/{predictor}/{ablation}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_ablation/{target}/{predictor}/{ablation}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_ablation.py"),
    message:
        "Plotting {wildcards.ablation} of {wildcards.predictor} for {wildcards.target}"
    script:
        "../scripts/figures/plot_ablation.py"


rule plot_choices:
    input:
        table=paths.CHOICES,
    output:
        svg=report(
            paths.CHOICE_FIGURE,
            caption="../report/choices.rst",
            category="Prediction",
            labels={"content": "Regret of choices", "target": "{target}"},
        ),
        png=Path(paths.CHOICE_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_choices/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_choices/{target}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_choices.py"),
    message:
        "Plotting choices by predictions of {wildcards.target}"
    script:
        "../scripts/figures/plot_choices.py"


rule plot_mergers:
    input:
        table=paths.MERGERS_TABLE,
    output:
        svg=report(
            paths.MERGERS_FIGURE,
            caption="../report/mergers.rst",
            category="Merging",
            labels={"content": "All mergers", "format": "figure"},
        ),
        png=Path(paths.MERGERS_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_mergers.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_mergers.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_mergers.py"),
    message:
        "Plotting the mergers of zoo {wildcards.zoo}"
    script:
        "../scripts/figures/plot_mergers.py"


rule plot_screening:
    input:
        table=paths.METRICS_TABLE,
    output:
        svg=paths.SCREENING_FIGURE,
        png=Path(paths.SCREENING_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_screening.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_screening.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_screening.py"),
    message:
        "Plotting the metrics of zoo {wildcards.zoo}"
    script:
        "../scripts/figures/plot_screening.py"


rule plot_zoos:
    input:
        table=paths.COMPARED_PREDICTORS,
    output:
        svg=paths.COMPARED_FIGURE,
        png=Path(paths.COMPARED_FIGURE).with_suffix(".png"),
    log:
        "results/comparisons/logs/plot_zoos/{comparison}/{target}/{protocol}.log",
    benchmark:
        "results/comparisons/benchmarks/plot_zoos/{comparison}/{target}/{protocol}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("figures/plot_zoos.py"),
    message:
        "Plotting {wildcards.protocol} skill for {wildcards.target} over {wildcards.comparison}"
    script:
        "../scripts/figures/plot_zoos.py"


if "sets" in config:

    rule plot_set_predictions:
        input:
            predictions=study.sets.every(paths.SET_PREDICTIONS),
        output:
            svg=report(
                paths.SET_PREDICTION_FIGURE,
                caption="../report/set_prediction.rst",
                category="Sets",
                labels={"content": "Predicted and real", "predictor": "{predictor}"},
            ),
            png=Path(paths.SET_PREDICTION_FIGURE).with_suffix(".png"),
        log:
            "results/{zoo}/logs/plot_set_predictions/{predictor}.log",
        benchmark:
            "results/{zoo}/benchmarks/plot_set_predictions/{predictor}.tsv"
        conda:
            ENVIRONMENT
        resources:
            mem_mb=growing(2000),
            runtime=growing(10),
        params:
            code=code("figures/plot_set_predictions.py"),
        message:
            "Plotting predictions of sets by {wildcards.predictor}"
        script:
            "../scripts/figures/plot_set_predictions.py"

    rule plot_set_correlations:
        input:
            correlations=paths.SET_CORRELATIONS,
        output:
            svg=report(
                paths.SET_CORRELATION_FIGURE,
                caption="../report/set_correlations.rst",
                category="Sets",
                labels={"content": "Ranking of sets"},
            ),
            png=Path(paths.SET_CORRELATION_FIGURE).with_suffix(".png"),
        log:
            "results/{zoo}/logs/plot_set_correlations.log",
        benchmark:
            "results/{zoo}/benchmarks/plot_set_correlations.tsv"
        conda:
            ENVIRONMENT
        resources:
            mem_mb=growing(2000),
            runtime=growing(10),
        params:
            code=code("figures/plot_set_correlations.py"),
        message:
            "Plotting correlations of the sets of zoo {wildcards.zoo}"
        script:
            "../scripts/figures/plot_set_correlations.py"

    rule plot_set_regrets:
        input:
            regrets=paths.SET_REGRETS,
        output:
            svg=report(
                paths.SET_REGRET_FIGURE,
                caption="../report/set_regrets.rst",
                category="Sets",
                labels={"content": "Decisions about sets"},
            ),
            png=Path(paths.SET_REGRET_FIGURE).with_suffix(".png"),
        log:
            "results/{zoo}/logs/plot_set_regrets.log",
        benchmark:
            "results/{zoo}/benchmarks/plot_set_regrets.tsv"
        conda:
            ENVIRONMENT
        resources:
            mem_mb=growing(2000),
            runtime=growing(10),
        params:
            code=code("figures/plot_set_regrets.py"),
        message:
            "Plotting regrets of decisions in zoo {wildcards.zoo}"
        script:
            "../scripts/figures/plot_set_regrets.py"
