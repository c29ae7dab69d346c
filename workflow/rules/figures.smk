"""Figures, each as SVG for reading and PNG for slides; the report shows the SVG.

All rules share the script of the first. It calls `draw` of the module `figure`, whose arguments are
the input and the other params of the rule.
"""


rule plot_accuracy:
    input:
        table=MERGER_PAIRS,
    output:
        **drawn(
            ACCURACY_FIGURE, "accuracy", "Merging", "Normalised accuracy of all pairs"
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
        code=code("figures/plot.py", "mergeability/figures/accuracy_heatmap.py"),
        figure="accuracy_heatmap",
    message:
        "Plotting accuracies of {wildcards.merger}"
    script:
        "../scripts/figures/plot.py"


use rule plot_accuracy as plot_mergers with:
    input:
        table=MERGERS_TABLE,
    output:
        **drawn(MERGERS_FIGURE, "mergers", "Merging", "All mergers", format="figure"),
    log:
        "results/{zoo}/logs/plot_mergers.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_mergers.tsv"
    params:
        code=code("figures/plot.py", "mergeability/figures/merger_ranking.py"),
        figure="merger_ranking",
    message:
        "Plotting the mergers of zoo {wildcards.zoo}"


use rule plot_accuracy as plot_variance with:
    input:
        variance=VARIANCE,
    output:
        **drawn(VARIANCE_FIGURE, "variance", "Merging", "Task effects and interaction"),
    log:
        "results/{zoo}/logs/plot_variance.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_variance.tsv"
    params:
        code=code("figures/plot.py", "mergeability/figures/variance_bars.py"),
        figure="variance_bars",
    message:
        "Plotting the variance of the targets of zoo {wildcards.zoo}"


use rule plot_accuracy as plot_screening with:
    input:
        table=METRICS_TABLE,
    output:
        svg=SCREENING_FIGURE,
        png=Path(SCREENING_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_screening.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_screening.tsv"
    params:
        code=code("figures/plot.py", "mergeability/figures/screening_panels.py"),
        figure="screening_panels",
    message:
        "Plotting the metrics of zoo {wildcards.zoo}"


use rule plot_accuracy as plot_correlations with:
    input:
        correlations=METRIC_CORRELATIONS,
    output:
        **drawn(CORRELATION_FIGURE, "correlations", "Metrics", "Single metrics"),
    log:
        "results/{zoo}/logs/plot_correlations/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_correlations/{target}.tsv"
    params:
        code=code("figures/plot.py", "mergeability/figures/metric_correlations.py"),
        figure="metric_correlations",
        families=TITLED_FAMILIES,
    message:
        "Plotting correlations of metrics with {wildcards.target}"


use rule plot_accuracy as plot_redundancy with:
    input:
        redundancy=REDUNDANCY,
        groups=METRIC_GROUPS,
    output:
        **drawn(REDUNDANCY_FIGURE, "redundancy", "Metrics", "Redundancy of metrics"),
    log:
        "results/{zoo}/logs/plot_redundancy.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_redundancy.tsv"
    params:
        code=code("figures/plot.py", "mergeability/figures/redundancy_heatmap.py"),
        figure="redundancy_heatmap",
    message:
        "Plotting the redundancy of metrics of zoo {wildcards.zoo}"


use rule plot_accuracy as plot_prediction with:
    input:
        predictions=study.every(FOLD),
    output:
        **drawn(
            PREDICTION_FIGURE, "prediction", "Prediction", "Predicted against observed"
        ),
    log:
        "results/{zoo}/logs/plot_prediction/{target}/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_prediction/{target}/{predictor}.tsv"
    params:
        code=code("figures/plot.py", "mergeability/figures/predicted_observed.py"),
        figure="predicted_observed",
        predictor="{predictor}",
        target="{target}",
        in_target_units=study.predicts_target,
    message:
        "Plotting predictions of {wildcards.target} by {wildcards.predictor}"


use rule plot_accuracy as plot_coefficients with:
    input:
        coefficients=COEFFICIENTS,
    output:
        **drawn(COEFFICIENT_FIGURE, "coefficients", "Coefficients", "Mean coefficients"),
    log:
        "results/{zoo}/logs/plot_coefficients/{target}/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_coefficients/{target}/{predictor}.tsv"
    params:
        code=code("figures/plot.py", "mergeability/figures/coefficient_heatmap.py"),
        figure="coefficient_heatmap",
        families=TITLED_FAMILIES,
        predictor="{predictor}",
    message:
        "Plotting coefficients of {wildcards.predictor} for {wildcards.target}"


use rule plot_coefficients as plot_spread with:
    output:
        **drawn(SPREAD_FIGURE, "spread", "Coefficients", "Spread over folds"),
    log:
        "results/{zoo}/logs/plot_spread/{target}/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_spread/{target}/{predictor}.tsv"
    params:
        code=code("figures/plot.py", "mergeability/figures/coefficient_spread.py"),
        figure="coefficient_spread",
    message:
        "Plotting the spread of coefficients of {wildcards.predictor} for {wildcards.target}"


use rule plot_coefficients as plot_selection with:
    output:
        **drawn(SELECTION_FIGURE, "selection", "Coefficients", "Selection frequency"),
    log:
        "results/{zoo}/logs/plot_selection/{target}/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_selection/{target}/{predictor}.tsv"
    params:
        code=code("figures/plot.py", "mergeability/figures/selection_frequency.py"),
        figure="selection_frequency",
    message:
        "Plotting metrics selected by {wildcards.predictor} for {wildcards.target}"


use rule plot_accuracy as plot_validation with:
    input:
        summary=SUMMARY,
    output:
        **drawn(VALIDATION_FIGURE, "validation", "Prediction", "All predictors"),
    log:
        "results/{zoo}/logs/plot_validation/{target}/{protocol}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_validation/{target}/{protocol}.tsv"
    params:
        code=code("figures/plot.py", "mergeability/figures/validation_bars.py"),
        figure="validation_bars",
        protocol="{protocol}",
    message:
        "Plotting {wildcards.protocol} skill for {wildcards.target}"


use rule plot_accuracy as plot_comparison with:
    input:
        comparison=COMPARISON,
    output:
        **drawn(
            COMPARISON_FIGURE, "comparison", "Prediction", "Differences to baselines"
        ),
    log:
        "results/{zoo}/logs/plot_comparison/{target}/{protocol}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_comparison/{target}/{protocol}.tsv"
    params:
        code=code("figures/plot.py", "mergeability/figures/difference_forest.py"),
        figure="difference_forest",
        protocol="{protocol}",
    message:
        "Plotting {wildcards.protocol} differences for {wildcards.target}"


use rule plot_accuracy as plot_choices with:
    input:
        table=CHOICES,
    output:
        **drawn(CHOICE_FIGURE, "choices", "Prediction", "Regret of choices"),
    log:
        "results/{zoo}/logs/plot_choices/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_choices/{target}.tsv"
    params:
        code=code("figures/plot.py", "mergeability/figures/choice_regret.py"),
        figure="choice_regret",
        target="{target}",
    message:
        "Plotting choices by predictions of {wildcards.target}"


use rule plot_accuracy as plot_ablation with:
    input:
        table=ABLATION,
    output:
        **drawn(ABLATION_FIGURE, "ablation", "Ablations", "{ablation}"),
    log:
        "results/{zoo}/logs/plot_ablation/{target}/{predictor}/{ablation}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_ablation/{target}/{predictor}/{ablation}.tsv"
    params:
        code=code("figures/plot.py", "mergeability/figures/ablation_lines.py"),
        figure="ablation_lines",
        ablation="{ablation}",
        predictor="{predictor}",
        target="{target}",
    message:
        "Plotting {wildcards.ablation} of {wildcards.predictor} for {wildcards.target}"


use rule plot_accuracy as plot_zoos with:
    input:
        table=COMPARED_PREDICTORS,
    output:
        svg=COMPARED_FIGURE,
        png=Path(COMPARED_FIGURE).with_suffix(".png"),
    log:
        "results/comparisons/logs/plot_zoos/{comparison}/{target}/{protocol}.log",
    benchmark:
        "results/comparisons/benchmarks/plot_zoos/{comparison}/{target}/{protocol}.tsv"
    params:
        code=code("figures/plot.py", "mergeability/figures/zoo_forest.py"),
        figure="zoo_forest",
        target="{target}",
        protocol="{protocol}",
    message:
        "Plotting {wildcards.protocol} skill for {wildcards.target} over {wildcards.comparison}"


if "sets" in config:

    use rule plot_accuracy as plot_set_predictions with:
        input:
            predictions=study.every_set(SET_PREDICTIONS),
        output:
            **drawn(
                SET_PREDICTION_FIGURE, "set_prediction", "Sets", "Predicted and real"
            ),
        log:
            "results/{zoo}/logs/plot_set_predictions/{predictor}.log",
        benchmark:
            "results/{zoo}/benchmarks/plot_set_predictions/{predictor}.tsv"
        params:
            code=code("figures/plot.py", "mergeability/figures/set_predictions.py"),
            figure="set_predictions",
            predictor="{predictor}",
        message:
            "Plotting predictions of sets by {wildcards.predictor}"

    use rule plot_accuracy as plot_set_correlations with:
        input:
            correlations=SET_CORRELATIONS,
            published="workflow/paper_tables/subset_ranking_range.csv",
        output:
            **drawn(
                SET_CORRELATION_FIGURE, "set_correlations", "Sets", "Ranking of sets"
            ),
        log:
            "results/{zoo}/logs/plot_set_correlations.log",
        benchmark:
            "results/{zoo}/benchmarks/plot_set_correlations.tsv"
        params:
            code=code("figures/plot.py", "mergeability/figures/set_correlations.py"),
            figure="set_correlations",
        message:
            "Plotting correlations of the sets of zoo {wildcards.zoo}"

    use rule plot_accuracy as plot_set_regrets with:
        input:
            regrets=SET_REGRETS,
        output:
            **drawn(SET_REGRET_FIGURE, "set_regrets", "Sets", "Decisions about sets"),
        log:
            "results/{zoo}/logs/plot_set_regrets.log",
        benchmark:
            "results/{zoo}/benchmarks/plot_set_regrets.tsv"
        params:
            code=code("figures/plot.py", "mergeability/figures/set_regrets.py"),
            figure="set_regrets",
        message:
            "Plotting regrets of decisions in zoo {wildcards.zoo}"
