"""Tables and figures, and the report that holds them."""

import shlex


report: "../report/workflow.rst"


rule tabulate_summary:
    input:
        summaries=study.every(paths.SUMMARY),
    output:
        table=report(
            paths.SUMMARY_TABLE,
            caption="../report/summary.rst",
            category="Prediction",
            labels={"content": "All correlations", "format": "table"},
        ),
        text=paths.SUMMARY_TEXT,
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
        code=code("report/tabulate_summary.py"),
    message:
        "Writing the summary table of zoo {wildcards.zoo}"
    script:
        "../scripts/report/tabulate_summary.py"


rule write_overview:
    input:
        unpack(study.report.overview_inputs),
    output:
        page=paths.OVERVIEW,
    log:
        "results/{zoo}/logs/write_overview.log",
    benchmark:
        "results/{zoo}/benchmarks/write_overview.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("report/write_overview.py", "overview/page.html"),
        target=study.prediction.completed_target,
        protocol=study.report.protocol,
    message:
        "Writing the overview of zoo {wildcards.zoo}"
    script:
        "../scripts/report/write_overview.py"


rule make_report:
    input:
        shown=study.report.inputs,
    output:
        report=paths.REPORT,
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
        # No params: where the workflow lies changes nothing that is shown.
        snakefile=workflow.main_snakefile,
        configfiles=shlex.join(map(str, workflow.overwrite_configfiles)),
    params:
        code=code("report/make_report.py"),
    message:
        "Writing the report of zoo {wildcards.zoo}"
    script:
        "../scripts/report/make_report.py"
