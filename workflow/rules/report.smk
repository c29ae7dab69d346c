"""Tables and figures, and the report that holds them."""


report: "../report/workflow.rst"


SUMMARY_TABLES = ["results/{zoo}/tables/summary.csv", "results/{zoo}/tables/summary.txt"]
ACCURACY_FIGURE = "results/{zoo}/figures/accuracy/{merger}"
PREDICTION_FIGURE = "results/{zoo}/figures/prediction/{target}/{predictor}"
COEFFICIENT_FIGURE = "results/{zoo}/figures/coefficients/{target}/{predictor}"
VALIDATION_FIGURE = "results/{zoo}/figures/validation/{target}"


def figures_of(zoo):
    """All figures of a zoo, as SVG; each has a PNG beside it."""
    with_metrics = [
        name
        for name, entry in config["prediction"]["predictors"].items()
        if PREDICTORS[entry["method"]].uses_metrics
    ]
    figures = [
        *files_of(VALIDATION_FIGURE, zoo),
        *files_of(ACCURACY_FIGURE, zoo),
        *files_of(PREDICTION_FIGURE, zoo),
        *files_of(COEFFICIENT_FIGURE, zoo, predictor=sorted(with_metrics)),
    ]
    return [f"{figure}.svg" for figure in figures]


def reported_files(wildcards):
    """What the report shows."""
    return [*expand(SUMMARY_TABLES, zoo=wildcards.zoo), *figures_of(wildcards.zoo)]


def print_results():
    """What a finished run says last."""
    for zoo in ZOOS:
        table = Path(f"results/{zoo}/tables/summary.txt")
        if table.is_file():
            print(f"\nZoo {zoo}\n\n{table.read_text()}\nReport: results/{zoo}/report.html")


rule tabulate_summary:
    input:
        summaries=every(SUMMARY),
        code=code("tabulate_summary.py"),
    output:
        table=report(
            SUMMARY_TABLES[0],
            caption="../report/summary.rst",
            category="Prediction",
            labels={"content": "All correlations", "format": "table"},
        ),
        text=SUMMARY_TABLES[1],
    log:
        "results/{zoo}/logs/tabulate_summary.log",
    benchmark:
        "results/{zoo}/benchmarks/tabulate_summary.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Writing the summary table of zoo {wildcards.zoo}"
    script:
        "../scripts/tabulate_summary.py"


rule plot_accuracy:
    input:
        table=MERGER_PAIRS,
        code=code("plot_accuracy.py"),
    output:
        report(
            f"{ACCURACY_FIGURE}.svg",
            caption="../report/accuracy.rst",
            category="Merging",
            labels={"merger": "{merger}", "content": "Normalised accuracy of all pairs"},
        ),
        f"{ACCURACY_FIGURE}.png",
    log:
        "results/{zoo}/logs/plot_accuracy/{merger}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_accuracy/{merger}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Plotting accuracies of {wildcards.merger}"
    script:
        "../scripts/plot_accuracy.py"


rule plot_prediction:
    input:
        predictions=every(FOLD),
        code=code("plot_prediction.py"),
    output:
        report(
            f"{PREDICTION_FIGURE}.svg",
            caption="../report/prediction.rst",
            category="Prediction",
            labels={
                "content": "Predicted against observed",
                "target": "{target}",
                "predictor": "{predictor}",
            },
        ),
        f"{PREDICTION_FIGURE}.png",
    params:
        in_target_units=predicts_target,
    log:
        "results/{zoo}/logs/plot_prediction/{target}/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_prediction/{target}/{predictor}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Plotting predictions of {wildcards.target} by {wildcards.predictor}"
    script:
        "../scripts/plot_prediction.py"


rule plot_coefficients:
    input:
        coefficients=COEFFICIENTS,
        code=code("plot_coefficients.py"),
    output:
        report(
            f"{COEFFICIENT_FIGURE}.svg",
            caption="../report/coefficients.rst",
            category="Coefficients",
            labels={"target": "{target}", "predictor": "{predictor}"},
        ),
        f"{COEFFICIENT_FIGURE}.png",
    params:
        families={family.title: list(family.metrics) for family in FAMILIES.values()},
    log:
        "results/{zoo}/logs/plot_coefficients/{target}/{predictor}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_coefficients/{target}/{predictor}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Plotting coefficients of {wildcards.predictor} for {wildcards.target}"
    script:
        "../scripts/plot_coefficients.py"


rule plot_validation:
    input:
        summary=SUMMARY,
        code=code("plot_validation.py"),
    output:
        report(
            f"{VALIDATION_FIGURE}.svg",
            caption="../report/validation.rst",
            category="Prediction",
            labels={"content": "Validation r of all predictors", "target": "{target}"},
        ),
        f"{VALIDATION_FIGURE}.png",
    log:
        "results/{zoo}/logs/plot_validation/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/plot_validation/{target}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Plotting validation r for {wildcards.target}"
    script:
        "../scripts/plot_validation.py"


rule make_report:
    localrule: True
    input:
        shown=reported_files,
        captions=sorted(str(path) for path in Path("workflow/report").glob("*.rst")),
        code=code("make_report.py"),
    output:
        report="results/{zoo}/report.html",
    log:
        "results/{zoo}/logs/make_report.log",
    benchmark:
        "results/{zoo}/benchmarks/make_report.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=30,
    message:
        "Writing the report of zoo {wildcards.zoo}"
    script:
        "../scripts/make_report.py"
