"""Sketches of checkpoints, and the metrics of pairs that follow from them without merging."""

METRICS = config["metrics"]
DATA_FAMILIES = [family for family in METRICS["families"] if FAMILIES[family].needs_data]


def needed_data(wildcards):
    """Images and the head for data-driven metrics; nothing where only weights are looked at."""
    if not DATA_FAMILIES:
        return []
    return dict(
        own=CALIBRATION.format(**wildcards),
        head=HEAD.format(**wildcards),
        common=calibration_files(wildcards),
        architecture=backbone_file("architecture.json")(wildcards),
    )


def calibration_files(wildcards):
    """Calibration samples of all tasks of the zoo, or of the fixed list of the config."""
    tasks = config["zoos"][wildcards.zoo]["calibration"]["tasks"]
    tasks = tasks_of(wildcards.zoo) if tasks == "all" else sorted(tasks)
    return expand(CALIBRATION, zoo=wildcards.zoo, task=tasks)


rule sketch_checkpoint:
    input:
        unpack(needed_data),
        pretrained=backbone_file("vision.safetensors"),
        checkpoint=CHECKPOINT,
        code=code("sketch_checkpoint.py"),
    output:
        sketch=SKETCH,
    params:
        settings={
            "families": sorted(METRICS["families"]),
            "spectrum_size": METRICS["spectrum_size"],
            "subspace_rank": METRICS["subspace_rank"],
        },
        batch_size=METRICS["batch_size"],
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
    message:
        "Sketching the checkpoint of {wildcards.task}"
    script:
        "../scripts/sketch_checkpoint.py"


rule compute_pair_metrics:
    input:
        sketches=per_pair_task(SKETCH),
        code=code(
            "compute_pair_metrics.py",
            *[f"mergeability/metrics/{family}.py" for family in METRICS["families"]],
        ),
    output:
        metrics=PAIR_METRICS,
    params:
        families=sorted(METRICS["families"]),
    log:
        "results/{zoo}/logs/compute_pair_metrics/{pair}.log",
    benchmark:
        "results/{zoo}/benchmarks/compute_pair_metrics/{pair}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=20,
    message:
        "Computing metrics of {wildcards.pair}"
    script:
        "../scripts/compute_pair_metrics.py"
