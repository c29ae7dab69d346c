"""Sketches of checkpoints, and the metrics of pairs that follow from them without merging."""


rule sketch_checkpoint:
    input:
        unpack(study.sketch_data),
        pretrained=study.file(VISION_TOWER),
        checkpoint=CHECKPOINT,
        code=code("sketch_checkpoint.py"),
    output:
        sketch=SKETCH,
    log:
        "results/{zoo}/logs/sketch_checkpoint/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/sketch_checkpoint/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=8000,
        runtime=60,
        gpu=GPUS,
    params:
        settings={
            "families": study.families,
            "spectrum_size": config["metrics"]["spectrum_size"],
            "subspace_rank": config["metrics"]["subspace_rank"],
        },
        batch_size=config["metrics"]["batch_size"],
    message:
        "Sketching the checkpoint of {wildcards.task}"
    script:
        "../scripts/sketch_checkpoint.py"


rule compute_pair_metrics:
    input:
        sketches=study.per_job_task(SKETCH),
        code=code(
            "compute_pair_metrics.py",
            *[f"mergeability/metrics/{family}.py" for family in study.families],
        ),
    output:
        metrics=PAIR_METRICS,
    log:
        "results/{zoo}/logs/compute_pair_metrics/{pair}.log",
    benchmark:
        "results/{zoo}/benchmarks/compute_pair_metrics/{pair}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        families=study.families,
    message:
        "Computing metrics of {wildcards.pair}"
    script:
        "../scripts/compute_pair_metrics.py"
