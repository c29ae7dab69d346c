"""What the predictions rest on: audits, correlations, ablations, and zoos side by side."""


rule audit_metrics:
    input:
        table=PAIRS,
    output:
        audit=AUDIT,
        norms=IMPLIED_NORMS,
    log:
        "results/{zoo}/logs/audit_metrics.log",
    benchmark:
        "results/{zoo}/benchmarks/audit_metrics.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("analysis/audit_metrics.py"),
    message:
        "Auditing the metrics of zoo {wildcards.zoo}"
    script:
        "../scripts/analysis/audit_metrics.py"


rule correlate_metrics:
    input:
        table=PAIRS,
    output:
        correlations=METRIC_CORRELATIONS,
    log:
        "results/{zoo}/logs/correlate_metrics/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/correlate_metrics/{target}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("analysis/correlate_metrics.py"),
        metrics=study.metrics(),
        settings=study.analysis_settings("permutations"),
    message:
        "Correlating single metrics with {wildcards.target}"
    script:
        "../scripts/analysis/correlate_metrics.py"


rule group_metrics:
    input:
        table=PAIRS,
    output:
        redundancy=REDUNDANCY,
        groups=METRIC_GROUPS,
    log:
        "results/{zoo}/logs/group_metrics.log",
    benchmark:
        "results/{zoo}/benchmarks/group_metrics.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("analysis/group_metrics.py"),
        metrics=study.metrics(),
        threshold=config["analysis"]["redundancy"],
    message:
        "Grouping redundant metrics of zoo {wildcards.zoo}"
    script:
        "../scripts/analysis/group_metrics.py"


rule decompose_variance:
    input:
        table=PAIRS,
    output:
        variance=VARIANCE,
    log:
        "results/{zoo}/logs/decompose_variance.log",
    benchmark:
        "results/{zoo}/benchmarks/decompose_variance.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("analysis/decompose_variance.py"),
        targets=study.targets,
    message:
        "Decomposing the variance of the targets of zoo {wildcards.zoo}"
    script:
        "../scripts/analysis/decompose_variance.py"


rule describe_coefficients:
    input:
        coefficients=COEFFICIENTS,
    output:
        agreement=AGREEMENT,
        contributions=CONTRIBUTIONS,
        stable=STABLE_METRICS,
    log:
        "results/{zoo}/logs/describe_coefficients/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/describe_coefficients/{target}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("analysis/describe_coefficients.py"),
        families=METRICS_BY_FAMILY,
    message:
        "Describing coefficients for {wildcards.target}"
    script:
        "../scripts/analysis/describe_coefficients.py"


rule run_ablation:
    input:
        unpack(study.complete_cases),
        tables=study.every(MERGER_PAIRS),
    output:
        table=ABLATION,
    log:
        "results/{zoo}/logs/run_ablation/{target}/{ablation}.log",
    benchmark:
        "results/{zoo}/benchmarks/run_ablation/{target}/{ablation}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        *code("analysis/run_ablation.py"),
        varied_code=study.varied_code,
        predictors=study.varied_predictors,
        metrics=study.metrics(),
        families=ANALYSED_FAMILIES,
        settings=study.analysis_settings("penalties", "seeds"),
    message:
        "Varying {wildcards.ablation} for {wildcards.target}"
    script:
        "../scripts/analysis/run_ablation.py"


rule select_metrics:
    input:
        unpack(study.complete_cases),
        tables=study.every(MERGER_PAIRS),
    output:
        table=SELECTION,
    log:
        "results/{zoo}/logs/select_metrics/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/select_metrics/{target}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("analysis/select_metrics.py"),
        metrics=study.metrics(),
    message:
        "Selecting metrics for {wildcards.target}"
    script:
        "../scripts/analysis/select_metrics.py"


rule permute_tasks:
    input:
        unpack(study.complete_cases),
        tables=study.every(MERGER_PAIRS),
    output:
        table=PERMUTATION_TEST,
    log:
        "results/{zoo}/logs/permute_tasks/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/permute_tasks/{target}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        *code("analysis/permute_tasks.py"),
        varied_code=study.varied_code,
        predictors=study.varied_predictors,
        metrics=study.metrics(),
        settings=study.analysis_settings("refits"),
    message:
        "Predicting {wildcards.target} from metrics of permuted tasks"
    script:
        "../scripts/analysis/permute_tasks.py"


rule time_families:
    input:
        unpack(study.timed_checkpoints),
    output:
        table=FAMILY_COST,
    log:
        "results/{zoo}/logs/time_families.log",
    benchmark:
        "results/{zoo}/benchmarks/time_families.tsv"
    wildcard_constraints:
        zoo=study.one_of(study.built_zoos),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
        gpu=GPUS,
    params:
        *code("analysis/time_families.py"),
        *[
            file
            for family in study.families
            for file in code(
                f"mergeability/metrics/{family}.py", beside="analysis/time_families.py"
            )
        ],
        settings=study.sketch_settings,
        tasks=study.timed_tasks,
        probed=study.probed_tasks,
        batch_size=config["metrics"]["batch_size"],
    message:
        "Timing the families of metrics on zoo {wildcards.zoo}"
    script:
        "../scripts/analysis/time_families.py"


rule compare_recipes:
    input:
        tables=study.compared_tables,
    output:
        table=RECIPES,
    log:
        "results/comparisons/logs/compare_recipes/{comparison}.log",
    benchmark:
        "results/comparisons/benchmarks/compare_recipes/{comparison}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("analysis/compare_recipes.py"),
        zoos=study.compared_zoos,
        targets=study.targets,
    message:
        "Comparing the zoos of {wildcards.comparison}"
    script:
        "../scripts/analysis/compare_recipes.py"


rule find_stable_metrics:
    input:
        coefficients=study.compared_coefficients,
    output:
        table=COMMON_METRICS,
    log:
        "results/comparisons/logs/find_stable_metrics/{comparison}.log",
    benchmark:
        "results/comparisons/benchmarks/find_stable_metrics/{comparison}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("analysis/find_stable_metrics.py"),
    message:
        "Finding stable metrics over the zoos of {wildcards.comparison}"
    script:
        "../scripts/analysis/find_stable_metrics.py"


rule compare_zoos:
    input:
        unpack(study.compared_skills),
    output:
        table=COMPARED_PREDICTORS,
    log:
        "results/comparisons/logs/compare_zoos/{comparison}.log",
    benchmark:
        "results/comparisons/benchmarks/compare_zoos/{comparison}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("analysis/compare_zoos.py"),
        set_aside=study.zoos_apart,
    message:
        "Comparing predictors over the zoos of {wildcards.comparison}"
    script:
        "../scripts/analysis/compare_zoos.py"


rule write_reproduction:
    input:
        unpack(study.reproduction_files),
        paper=sorted(str(path) for path in Path("workflow/paper_tables").glob("*.csv")),
    output:
        document=REPRODUCTION,
    log:
        "results/{zoo}/logs/write_reproduction.log",
    benchmark:
        "results/{zoo}/benchmarks/write_reproduction.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("analysis/write_reproduction.py"),
        measured=study.measured_zoo,
        recipe=study.published_recipe,
    message:
        "Writing the reproduction of zoo {wildcards.zoo}"
    script:
        "../scripts/analysis/write_reproduction.py"
