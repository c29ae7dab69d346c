"""Sketches of checkpoints, and the metrics of pairs that follow from them without merging."""


rule sketch_checkpoint:
    input:
        unpack(study.sketch_data),
        pretrained=study.file(VISION_TOWER),
        checkpoint=CHECKPOINT,
    output:
        sketch=SKETCH,
    log:
        "results/{zoo}/logs/sketch_checkpoint/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/sketch_checkpoint/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.memory(4000, copies=10),
        runtime=growing(60),
        gpu=GPUS,
    params:
        *code("sketch_checkpoint.py"),
        settings=study.sketch_settings,
        batch_size=config["metrics"]["batch_size"],
    message:
        "Sketching the checkpoint of {wildcards.task}"
    script:
        "../scripts/sketch_checkpoint.py"


rule compute_pair_metrics:
    input:
        sketches=study.of_both_tasks(SKETCH),
    output:
        metrics=PAIR_METRICS,
    log:
        "results/{zoo}/logs/compute_pair_metrics/{pair}.log",
    benchmark:
        "results/{zoo}/benchmarks/compute_pair_metrics/{pair}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.memory(2000, copies=4),
        runtime=growing(10),
    params:
        *code(
            "compute_pair_metrics.py",
            *[f"mergeability/metrics/{family}.py" for family in study.families],
        ),
        families=study.families,
    message:
        "Computing metrics of {wildcards.pair}"
    script:
        "../scripts/compute_pair_metrics.py"


rule tabulate_metrics:
    input:
        metrics=study.every(PAIR_METRICS),
    output:
        table=METRICS_TABLE,
    log:
        "results/{zoo}/logs/tabulate_metrics.log",
    benchmark:
        "results/{zoo}/benchmarks/tabulate_metrics.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("tabulate_metrics.py"),
    message:
        "Tabulating the metrics of zoo {wildcards.zoo}"
    script:
        "../scripts/tabulate_metrics.py"


rule plot_screening:
    input:
        table=METRICS_TABLE,
    output:
        svg=SCREENING_FIGURE,
        png=Path(SCREENING_FIGURE).with_suffix(".png"),
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
        *code("plot_screening.py"),
    message:
        "Plotting the metrics of zoo {wildcards.zoo}"
    script:
        "../scripts/plot_screening.py"
