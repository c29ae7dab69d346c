"""What the predictions rest on: audits, correlations, ablations, and zoos side by side."""


rule audit_metrics:
    input:
        table=paths.PAIRS,
    output:
        audit=paths.AUDIT,
        norms=paths.IMPLIED_NORMS,
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
        code=code("analysis/audit_metrics.py"),
    message:
        "Auditing the metrics of zoo {wildcards.zoo}"
    script:
        "../scripts/analysis/audit_metrics.py"


rule correlate_metrics:
    input:
        table=paths.PAIRS,
    output:
        correlations=paths.METRIC_CORRELATIONS,
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
        code=code("analysis/correlate_metrics.py"),
        metrics=study.paper_metrics,
        settings=study.analysis.settings("permutations"),
    message:
        "Correlating single metrics with {wildcards.target}"
    script:
        "../scripts/analysis/correlate_metrics.py"


rule group_metrics:
    input:
        table=paths.PAIRS,
    output:
        redundancy=paths.REDUNDANCY,
        groups=paths.METRIC_GROUPS,
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
        code=code("analysis/group_metrics.py"),
        metrics=study.paper_metrics,
        threshold=config["analysis"]["redundancy"],
    message:
        "Grouping redundant metrics of zoo {wildcards.zoo}"
    script:
        "../scripts/analysis/group_metrics.py"


rule decompose_variance:
    input:
        table=paths.PAIRS,
    output:
        variance=paths.VARIANCE,
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
        code=code("analysis/decompose_variance.py"),
        targets=study.targets,
    message:
        "Decomposing the variance of the targets of zoo {wildcards.zoo}"
    script:
        "../scripts/analysis/decompose_variance.py"


# Which tasks are easily disturbed and which disturb, whatever the partner.
rule describe_directions:
    input:
        table=paths.PAIRS,
    output:
        effects=paths.DIRECTION_EFFECTS,
        shares=paths.DIRECTION_SHARES,
    log:
        "results/{zoo}/logs/describe_directions/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/describe_directions/{target}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=code("analysis/describe_directions.py"),
    message:
        "Describing what merging leaves of each task: {wildcards.target}"
    script:
        "../scripts/analysis/describe_directions.py"


# Of a zoo with proxies: how well they agree, and how predictable a pair is.
rule audit_proxies:
    input:
        tables=study.analysis.proxy_tables,
    output:
        table=paths.PROXY_AUDIT,
    log:
        "results/{zoo}/logs/audit_proxies/{target}.log",
    benchmark:
        "results/{zoo}/benchmarks/audit_proxies/{target}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=code("analysis/audit_proxies.py"),
        zoos=study.analysis.proxy_zoos,
    message:
        "Auditing the proxies of zoo {wildcards.zoo}: {wildcards.target}"
    script:
        "../scripts/analysis/audit_proxies.py"


rule describe_coefficients:
    input:
        coefficients=paths.COEFFICIENTS,
        refits=paths.REFITS,
    output:
        agreement=paths.AGREEMENT,
        contributions=paths.CONTRIBUTIONS,
        stable=paths.STABLE_METRICS,
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
        code=code("analysis/describe_coefficients.py"),
        families=study.analysis.all_families,
    message:
        "Describing coefficients for {wildcards.target}"
    script:
        "../scripts/analysis/describe_coefficients.py"


rule run_ablation:
    input:
        unpack(study.prediction.complete_cases),
        tables=study.every(paths.MERGER_PAIRS),
    output:
        table=paths.ABLATION,
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
        code=code("analysis/run_ablation.py", study.analysis.modules),
        predictors=study.analysis.predictors,
        metrics=study.paper_metrics,
        families=study.analysis.families,
        settings=study.analysis.settings("penalties", "seeds"),
    message:
        "Varying {wildcards.ablation} for {wildcards.target}"
    script:
        "../scripts/analysis/run_ablation.py"


rule select_metrics:
    input:
        unpack(study.prediction.complete_cases),
        tables=study.every(paths.MERGER_PAIRS),
    output:
        table=paths.SELECTION,
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
        code=code("analysis/select_metrics.py"),
        metrics=study.paper_metrics,
    message:
        "Selecting metrics for {wildcards.target}"
    script:
        "../scripts/analysis/select_metrics.py"


rule permute_tasks:
    input:
        unpack(study.prediction.complete_cases),
        tables=study.every(paths.MERGER_PAIRS),
    output:
        table=paths.PERMUTATION_TEST,
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
        code=code("analysis/permute_tasks.py", study.analysis.modules),
        predictors=study.analysis.predictors,
        metrics=study.paper_metrics,
        settings=study.analysis.settings("refits"),
    message:
        "Predicting {wildcards.target} from metrics of permuted tasks"
    script:
        "../scripts/analysis/permute_tasks.py"


rule time_families:
    input:
        unpack(study.metrics.timed_inputs),
    output:
        table=paths.FAMILY_COST,
    log:
        "results/{zoo}/logs/time_families.log",
    benchmark:
        "results/{zoo}/benchmarks/time_families.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("of_encoders")),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
        gpu=GPUS,
    params:
        code=code(
            "analysis/time_families.py",
            *study.metrics.modules,
            study.metrics.domain_modules,
        ),
        families=study.families,
        settings=study.metrics.settings,
        tasks=study.metrics.timed_tasks,
        probed=study.metrics.probed_tasks,
        batch_size=config["metrics"]["batch_size"],
    message:
        "Timing the families of metrics on zoo {wildcards.zoo}"
    script:
        "../scripts/analysis/time_families.py"


rule compare_recipes:
    input:
        tables=study.analysis.compared_tables,
    output:
        table=paths.RECIPES,
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
        code=code("analysis/compare_recipes.py"),
        zoos=study.analysis.compared_zoos,
        targets=study.targets,
    message:
        "Comparing the zoos of {wildcards.comparison}"
    script:
        "../scripts/analysis/compare_recipes.py"


rule find_stable_metrics:
    input:
        refits=study.analysis.compared_refits,
    output:
        table=paths.COMMON_METRICS,
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
        code=code("analysis/find_stable_metrics.py"),
    message:
        "Finding stable metrics over the zoos of {wildcards.comparison}"
    script:
        "../scripts/analysis/find_stable_metrics.py"


rule compare_zoos:
    input:
        unpack(study.analysis.compared_skills),
    output:
        table=paths.COMPARED_PREDICTORS,
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
        code=code("analysis/compare_zoos.py"),
        set_aside=study.analysis.zoos_apart,
    message:
        "Comparing predictors over the zoos of {wildcards.comparison}"
    script:
        "../scripts/analysis/compare_zoos.py"


rule write_reproduction:
    input:
        unpack(study.analysis.reproduction_inputs),
    output:
        document=paths.REPRODUCTION,
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
        code=code("analysis/write_reproduction.py", "paper_tables/*.csv"),
        zoos=study.analysis.reproduced,
        recipe=study.analysis.published_recipe,
    message:
        "Writing the reproduction of zoo {wildcards.zoo}"
    script:
        "../scripts/analysis/write_reproduction.py"
