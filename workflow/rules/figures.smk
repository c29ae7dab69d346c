"""Figures, each as SVG for reading and PNG for slides; the report shows the SVG."""


rule plot_accuracy:
    input:
        table=MERGER_PAIRS,
    output:
        svg=report(
            ACCURACY_FIGURE,
            caption="../report/accuracy.rst",
            category="Merging",
            labels={
                "merger": "{merger}",
                "content": "Normalised accuracy of all pairs",
            },
        ),
        png=Path(ACCURACY_FIGURE).with_suffix(".png"),
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
        *code("figures/plot_accuracy.py"),
    message:
        "Plotting accuracies of {wildcards.merger}"
    script:
        "../scripts/figures/plot_accuracy.py"


rule plot_prediction:
    input:
        predictions=study.every(FOLD),
    output:
        svg=report(
            PREDICTION_FIGURE,
            caption="../report/prediction.rst",
            category="Prediction",
            labels={
                "content": "Predicted against observed",
                "target": "{target}",
                "predictor": "{predictor}",
            },
        ),
        png=Path(PREDICTION_FIGURE).with_suffix(".png"),
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
        *code("figures/plot_prediction.py"),
        in_target_units=study.predicts_target,
    message:
        "Plotting predictions of {wildcards.target} by {wildcards.predictor}"
    script:
        "../scripts/figures/plot_prediction.py"


rule plot_coefficients:
    input:
        coefficients=COEFFICIENTS,
    output:
        svg=report(
            COEFFICIENT_FIGURE,
            caption="../report/coefficients.rst",
            category="Coefficients",
            labels={
                "content": "Mean coefficients",
                "target": "{target}",
                "predictor": "{predictor}",
            },
        ),
        png=Path(COEFFICIENT_FIGURE).with_suffix(".png"),
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
        *code("figures/plot_coefficients.py"),
        families=TITLED_FAMILIES,
    message:
        "Plotting coefficients of {wildcards.predictor} for {wildcards.target}"
    script:
        "../scripts/figures/plot_coefficients.py"


rule plot_spread:
    input:
        coefficients=COEFFICIENTS,
    output:
        svg=report(
            SPREAD_FIGURE,
            caption="../report/spread.rst",
            category="Coefficients",
            labels={
                "content": "Spread over folds",
                "target": "{target}",
                "predictor": "{predictor}",
            },
        ),
        png=Path(SPREAD_FIGURE).with_suffix(".png"),
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
        *code("figures/plot_spread.py"),
        families=TITLED_FAMILIES,
    message:
        "Plotting the spread of coefficients of {wildcards.predictor} for {wildcards.target}"
    script:
        "../scripts/figures/plot_spread.py"


rule plot_selection:
    input:
        coefficients=COEFFICIENTS,
    output:
        svg=report(
            SELECTION_FIGURE,
            caption="../report/selection.rst",
            category="Coefficients",
            labels={
                "content": "Selection frequency",
                "target": "{target}",
                "predictor": "{predictor}",
            },
        ),
        png=Path(SELECTION_FIGURE).with_suffix(".png"),
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
        *code("figures/plot_selection.py"),
        families=TITLED_FAMILIES,
    message:
        "Plotting metrics selected by {wildcards.predictor} for {wildcards.target}"
    script:
        "../scripts/figures/plot_selection.py"


rule plot_validation:
    input:
        summary=SUMMARY,
    output:
        svg=report(
            VALIDATION_FIGURE,
            caption="../report/validation.rst",
            category="Prediction",
            labels={
                "content": "All predictors",
                "target": "{target}",
                "protocol": "{protocol}",
            },
        ),
        png=Path(VALIDATION_FIGURE).with_suffix(".png"),
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
        *code("figures/plot_validation.py"),
    message:
        "Plotting {wildcards.protocol} skill for {wildcards.target}"
    script:
        "../scripts/figures/plot_validation.py"


rule plot_comparison:
    input:
        comparison=COMPARISON,
    output:
        svg=report(
            COMPARISON_FIGURE,
            caption="../report/comparison.rst",
            category="Prediction",
            labels={
                "content": "Differences to baselines",
                "target": "{target}",
                "protocol": "{protocol}",
            },
        ),
        png=Path(COMPARISON_FIGURE).with_suffix(".png"),
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
        *code("figures/plot_comparison.py"),
    message:
        "Plotting {wildcards.protocol} differences for {wildcards.target}"
    script:
        "../scripts/figures/plot_comparison.py"


rule plot_correlations:
    input:
        correlations=METRIC_CORRELATIONS,
    output:
        svg=report(
            CORRELATION_FIGURE,
            caption="../report/correlations.rst",
            category="Metrics",
            labels={"content": "Single metrics", "target": "{target}"},
        ),
        png=Path(CORRELATION_FIGURE).with_suffix(".png"),
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
        *code("figures/plot_correlations.py"),
        families=TITLED_FAMILIES,
    message:
        "Plotting correlations of metrics with {wildcards.target}"
    script:
        "../scripts/figures/plot_correlations.py"


rule plot_redundancy:
    input:
        redundancy=REDUNDANCY,
        groups=METRIC_GROUPS,
    output:
        svg=report(
            REDUNDANCY_FIGURE,
            caption="../report/redundancy.rst",
            category="Metrics",
            labels={"content": "Redundancy of metrics"},
        ),
        png=Path(REDUNDANCY_FIGURE).with_suffix(".png"),
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
        *code("figures/plot_redundancy.py"),
    message:
        "Plotting the redundancy of metrics of zoo {wildcards.zoo}"
    script:
        "../scripts/figures/plot_redundancy.py"


rule plot_variance:
    input:
        variance=VARIANCE,
    output:
        svg=report(
            VARIANCE_FIGURE,
            caption="../report/variance.rst",
            category="Merging",
            labels={"content": "Task effects and interaction"},
        ),
        png=Path(VARIANCE_FIGURE).with_suffix(".png"),
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
        *code("figures/plot_variance.py"),
    message:
        "Plotting the variance of the targets of zoo {wildcards.zoo}"
    script:
        "../scripts/figures/plot_variance.py"


rule plot_ablation:
    input:
        table=ABLATION,
    output:
        svg=report(
            ABLATION_FIGURE,
            caption="../report/ablation.rst",
            category="Ablations",
            labels={
                "content": "{ablation}",
                "target": "{target}",
                "predictor": "{predictor}",
            },
        ),
        png=Path(ABLATION_FIGURE).with_suffix(".png"),
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
        *code("figures/plot_ablation.py"),
    message:
        "Plotting {wildcards.ablation} of {wildcards.predictor} for {wildcards.target}"
    script:
        "../scripts/figures/plot_ablation.py"


rule plot_choices:
    input:
        table=CHOICES,
    output:
        svg=report(
            CHOICE_FIGURE,
            caption="../report/choices.rst",
            category="Prediction",
            labels={"content": "Regret of choices", "target": "{target}"},
        ),
        png=Path(CHOICE_FIGURE).with_suffix(".png"),
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
        *code("figures/plot_choices.py"),
    message:
        "Plotting choices by predictions of {wildcards.target}"
    script:
        "../scripts/figures/plot_choices.py"
