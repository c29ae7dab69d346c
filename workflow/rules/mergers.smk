"""Mergers side by side: parameters chosen on validation images, accuracies, and cost."""


rule tune_merger:
    input:
        unpack(study.tuning_data),
    output:
        tuning=TUNING,
    log:
        "results/{zoo}/logs/tune_merger/{merger}.log",
    benchmark:
        "results/{zoo}/benchmarks/tune_merger/{merger}.tsv"
    wildcard_constraints:
        zoo=study.one_of(study.validated_zoos),
        merger=study.one_of(study.tuned_mergers),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.memory(4000, copies=16),
        runtime=growing(480),
        gpu=GPUS,
    params:
        *code("merging/tune_merger.py"),
        merger_code=study.merger_code,
        merging=study.merge_settings,
        pairs=study.tuning_pairs,
        batch_size=config["evaluation"]["batch_size"],
    message:
        "Tuning {wildcards.merger} on zoo {wildcards.zoo}"
    script:
        "../scripts/merging/tune_merger.py"


rule tabulate_mergers:
    input:
        table=PAIRS,
    output:
        table=report(
            MERGERS_TABLE,
            caption="../report/mergers.rst",
            category="Merging",
            labels={"content": "All mergers", "format": "table"},
        ),
    log:
        "results/{zoo}/logs/tabulate_mergers.log",
    benchmark:
        "results/{zoo}/benchmarks/tabulate_mergers.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(10),
    params:
        *code("merging/tabulate_mergers.py"),
    message:
        "Tabulating the mergers of zoo {wildcards.zoo}"
    script:
        "../scripts/merging/tabulate_mergers.py"


rule time_mergers:
    input:
        unpack(study.timed_merge),
    output:
        table=MERGER_COST,
    log:
        "results/{zoo}/logs/time_mergers.log",
    benchmark:
        "results/{zoo}/benchmarks/time_mergers.tsv"
    wildcard_constraints:
        zoo=study.one_of(study.evaluated_zoos),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.memory(4000, copies=16),
        runtime=growing(60),
        gpu=GPUS,
    params:
        *code("merging/time_mergers.py"),
        merger_code=study.all_merger_code,
        mergers=study.timed_mergers,
        statistics=study.statistics_kinds,
    message:
        "Timing the mergers on zoo {wildcards.zoo}"
    script:
        "../scripts/merging/time_mergers.py"
