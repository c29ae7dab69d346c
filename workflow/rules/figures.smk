"""Figures, each as SVG for reading and PNG for slides; the report shows the SVG.

All rules share the script of the first. It calls `draw` of the module `figure`, whose arguments are
the input and the other params of the rule.
"""


rule plot_accuracy:
    input:
        table=paths.MERGER_PAIRS,
    output:
        **drawn(
            paths.ACCURACY_FIGURE,
            "accuracy",
            "Merging",
            "Normalised accuracy of all pairs",
        ),
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
        code=code("figures/plot.py", "figures.accuracy_heatmap"),
        figure="accuracy_heatmap",
    message:
        "Plotting accuracies of {wildcards.merger}"
    script:
        "../scripts/figures/plot.py"


use rule plot_accuracy as plot_mergers with:
    input:
        table=paths.MERGERS_TABLE,
    output:
        **drawn(
            paths.MERGERS_FIGURE, "mergers", "Merging", "All mergers", format="figure"
        ),
    log:
        "results/{zoo}/logs/plot_mergers.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_mergers.tsv"
    params:
        code=code("figures/plot.py", "figures.merger_ranking"),
        figure="merger_ranking",
    message:
        "Plotting the mergers of zoo {wildcards.zoo}"


use rule plot_accuracy as plot_variance with:
    input:
        variance=paths.VARIANCE,
    output:
        **drawn(
            paths.VARIANCE_FIGURE,
            "variance",
            "Merging",
            "Task effects and interaction",
        ),
    log:
        "results/{zoo}/logs/plot_variance.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_variance.tsv"
    params:
        code=code("figures/plot.py", "figures.variance_bars"),
        figure="variance_bars",
    message:
        "Plotting the variance of the targets of zoo {wildcards.zoo}"


use rule plot_accuracy as plot_direction_effects with:
    input:
        effects=paths.DIRECTION_EFFECTS,
        shares=paths.DIRECTION_SHARES,
    output:
        **drawn(
            paths.DIRECTION_FIGURE,
            "direction_effects",
            "Merging",
            "Which tasks are disturbed, and which disturb",
        ),
    log:
        "results/{zoo}/logs/plot_direction_effects/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_direction_effects/{target}.tsv"
    params:
        code=code("figures/plot.py", "figures.direction_effects"),
        figure="direction_effects",
    message:
        "Plotting effects of single tasks on {wildcards.target}"


use rule plot_accuracy as plot_screening with:
    input:
        table=paths.METRICS_TABLE,
    output:
        svg=paths.SCREENING_FIGURE,
        png=Path(paths.SCREENING_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_screening.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_screening.tsv"
    params:
        code=code("figures/plot.py", "figures.screening_panels"),
        figure="screening_panels",
    message:
        "Plotting the metrics of zoo {wildcards.zoo}"


use rule plot_accuracy as plot_correlations with:
    input:
        correlations=paths.METRIC_CORRELATIONS,
    output:
        **drawn(paths.CORRELATION_FIGURE, "correlations", "Metrics", "Single metrics"),
    log:
        "results/{zoo}/logs/plot_correlations/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_correlations/{target}.tsv"
    params:
        code=code("figures/plot.py", "figures.metric_correlations"),
        figure="metric_correlations",
        families=study.figures.titled_families,
    message:
        "Plotting correlations of metrics with {wildcards.target}"


use rule plot_accuracy as plot_redundancy with:
    input:
        redundancy=paths.REDUNDANCY,
        groups=paths.METRIC_GROUPS,
    output:
        **drawn(
            paths.REDUNDANCY_FIGURE, "redundancy", "Metrics", "Redundancy of metrics"
        ),
    log:
        "results/{zoo}/logs/plot_redundancy.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_redundancy.tsv"
    params:
        code=code("figures/plot.py", "figures.redundancy_heatmap"),
        figure="redundancy_heatmap",
    message:
        "Plotting the redundancy of metrics of zoo {wildcards.zoo}"


use rule plot_accuracy as plot_prediction with:
    input:
        predictions=study.every(paths.FOLD),
    output:
        **drawn(
            paths.PREDICTION_FIGURE,
            "prediction",
            "Prediction",
            "Predicted against observed",
        ),
    log:
        "results/{zoo}/logs/plot_prediction/{target}/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_prediction/{target}/{predictor}.tsv"
    params:
        code=code("figures/plot.py", "figures.predicted_observed"),
        figure="predicted_observed",
        predictor="{predictor}",
        target="{target}",
        in_target_units=study.figures.in_target_units,
    message:
        "Plotting predictions of {wildcards.target} by {wildcards.predictor}"


use rule plot_accuracy as plot_coefficients with:
    input:
        coefficients=paths.COEFFICIENTS,
    output:
        **drawn(
            paths.COEFFICIENT_FIGURE,
            "coefficients",
            "Coefficients",
            "Mean coefficients",
        ),
    log:
        "results/{zoo}/logs/plot_coefficients/{target}/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_coefficients/{target}/{predictor}.tsv"
    params:
        code=code("figures/plot.py", "figures.coefficient_heatmap"),
        figure="coefficient_heatmap",
        families=study.figures.titled_families,
        predictor="{predictor}",
    message:
        "Plotting coefficients of {wildcards.predictor} for {wildcards.target}"


use rule plot_coefficients as plot_spread with:
    output:
        **drawn(paths.SPREAD_FIGURE, "spread", "Coefficients", "Spread over folds"),
    log:
        "results/{zoo}/logs/plot_spread/{target}/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_spread/{target}/{predictor}.tsv"
    params:
        code=code("figures/plot.py", "figures.coefficient_spread"),
        figure="coefficient_spread",
    message:
        "Plotting the spread of coefficients of {wildcards.predictor} for {wildcards.target}"


use rule plot_coefficients as plot_selection with:
    output:
        **drawn(
            paths.SELECTION_FIGURE, "selection", "Coefficients", "Selection frequency"
        ),
    log:
        "results/{zoo}/logs/plot_selection/{target}/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_selection/{target}/{predictor}.tsv"
    params:
        code=code("figures/plot.py", "figures.selection_frequency"),
        figure="selection_frequency",
    message:
        "Plotting metrics selected by {wildcards.predictor} for {wildcards.target}"


use rule plot_accuracy as plot_validation with:
    input:
        summary=paths.SUMMARY,
    output:
        **drawn(paths.VALIDATION_FIGURE, "validation", "Prediction", "All predictors"),
    log:
        "results/{zoo}/logs/plot_validation/{target}/{protocol}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_validation/{target}/{protocol}.tsv"
    params:
        code=code("figures/plot.py", "figures.validation_bars"),
        figure="validation_bars",
        protocol="{protocol}",
    message:
        "Plotting {wildcards.protocol} skill for {wildcards.target}"


use rule plot_accuracy as plot_comparison with:
    input:
        comparison=paths.COMPARISON,
    output:
        **drawn(
            paths.COMPARISON_FIGURE,
            "comparison",
            "Prediction",
            "Differences to baselines",
        ),
    log:
        "results/{zoo}/logs/plot_comparison/{target}/{protocol}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_comparison/{target}/{protocol}.tsv"
    params:
        code=code("figures/plot.py", "figures.difference_forest"),
        figure="difference_forest",
        protocol="{protocol}",
    message:
        "Plotting {wildcards.protocol} differences for {wildcards.target}"


use rule plot_accuracy as plot_choices with:
    input:
        table=paths.CHOICES,
    output:
        **drawn(paths.CHOICE_FIGURE, "choices", "Prediction", "Regret of choices"),
    log:
        "results/{zoo}/logs/plot_choices/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_choices/{target}.tsv"
    params:
        code=code("figures/plot.py", "figures.choice_regret"),
        figure="choice_regret",
        target="{target}",
    message:
        "Plotting choices by predictions of {wildcards.target}"


use rule plot_accuracy as plot_learning_curve with:
    input:
        table=paths.LEARNING_CURVE,
    output:
        **drawn(
            paths.LEARNING_FIGURE,
            "learning_curve",
            "Prediction",
            "Learning from few merges",
        ),
    log:
        "results/{zoo}/logs/plot_learning_curve/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_learning_curve/{target}.tsv"
    params:
        code=code("figures/plot.py", "figures.learning_curve"),
        figure="learning_curve",
        target="{target}",
    message:
        "Plotting what is learned of {wildcards.target} from few merges"


use rule plot_accuracy as plot_ablation with:
    input:
        table=paths.ABLATION,
    output:
        **drawn(paths.ABLATION_FIGURE, "ablation", "Ablations", "{ablation}"),
    log:
        "results/{zoo}/logs/plot_ablation/{target}/{predictor}/{ablation}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_ablation/{target}/{predictor}/{ablation}.tsv"
    params:
        code=code("figures/plot.py", "figures.ablation_lines"),
        figure="ablation_lines",
        ablation="{ablation}",
        predictor="{predictor}",
        target="{target}",
    message:
        "Plotting {wildcards.ablation} of {wildcards.predictor} for {wildcards.target}"


use rule plot_accuracy as plot_zoos with:
    input:
        table=paths.COMPARED_PREDICTORS,
    output:
        svg=paths.COMPARED_FIGURE,
        png=Path(paths.COMPARED_FIGURE).with_suffix(".png"),
    log:
        "results/comparisons/logs/plot_zoos/{comparison}/{target}/{protocol}.log",
    benchmark:
        "results/comparisons/benchmarks/plot_zoos/{comparison}/{target}/{protocol}.tsv"
    params:
        code=code("figures/plot.py", "figures.zoo_forest"),
        figure="zoo_forest",
        target="{target}",
        protocol="{protocol}",
    message:
        "Plotting {wildcards.protocol} skill for {wildcards.target} over {wildcards.comparison}"
