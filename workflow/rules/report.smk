"""Tables and figures, and the report that holds them."""


report: "../report/workflow.rst"


rule tabulate_summary:
    input:
        summaries=study.every(SUMMARY),
    output:
        table=report(
            SUMMARY_TABLE,
            caption="../report/summary.rst",
            category="Prediction",
            labels={"content": "All correlations", "format": "table"},
        ),
        text=SUMMARY_TEXT,
    log:
        "results/{zoo}/logs/tabulate_summary.log",
    benchmark:
        "results/{zoo}/benchmarks/tabulate_summary.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        *code("tabulate_summary.py"),
    message:
        "Writing the summary table of zoo {wildcards.zoo}"
    script:
        "../scripts/tabulate_summary.py"


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
        *code("plot_accuracy.py"),
    message:
        "Plotting accuracies of {wildcards.merger}"
    script:
        "../scripts/plot_accuracy.py"


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
        *code("plot_prediction.py"),
        in_target_units=study.predicts_target,
    message:
        "Plotting predictions of {wildcards.target} by {wildcards.predictor}"
    script:
        "../scripts/plot_prediction.py"


rule plot_coefficients:
    input:
        coefficients=COEFFICIENTS,
    output:
        svg=report(
            COEFFICIENT_FIGURE,
            caption="../report/coefficients.rst",
            category="Coefficients",
            labels={"target": "{target}", "predictor": "{predictor}"},
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
        *code("plot_coefficients.py"),
        families={family.title: list(family.metrics) for family in FAMILIES.values()},
    message:
        "Plotting coefficients of {wildcards.predictor} for {wildcards.target}"
    script:
        "../scripts/plot_coefficients.py"


rule plot_validation:
    input:
        summary=SUMMARY,
    output:
        svg=report(
            VALIDATION_FIGURE,
            caption="../report/validation.rst",
            category="Prediction",
            labels={"content": "Validation r of all predictors", "target": "{target}"},
        ),
        png=Path(VALIDATION_FIGURE).with_suffix(".png"),
    log:
        "results/{zoo}/logs/plot_validation/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_validation/{target}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        *code("plot_validation.py"),
    message:
        "Plotting validation r for {wildcards.target}"
    script:
        "../scripts/plot_validation.py"


rule make_report:
    input:
        shown=study.reported_files,
        captions=sorted(str(path) for path in Path("workflow/report").glob("*.rst")),
    output:
        report=REPORT,
    log:
        "results/{zoo}/logs/make_report.log",
    benchmark:
        "results/{zoo}/benchmarks/make_report.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        *code("make_report.py"),
    message:
        "Writing the report of zoo {wildcards.zoo}"
    script:
        "../scripts/make_report.py"
