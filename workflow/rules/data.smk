"""Datasets, and the samples on which data-driven metrics look at the encoders."""

from mergeability.datasets.catalog import TINY_TASKS


def drawing_code(*tasks):
    """The library files that draw these tasks of the tiny zoo."""
    return [f"mergeability/datasets/tiny/{TINY_TASKS[task].module}.py" for task in tasks]


def preparing_code(wildcards):
    """The library files behind the dataset of one task."""
    return code("prepare_dataset.py", *drawing_code(wildcards.task))


rule prepare_dataset:
    input:
        code=preparing_code,
    output:
        train=f"{DATASET}/train.safetensors",
        test=f"{DATASET}/test.safetensors",
        classes=f"{DATASET}/classes.json",
    params:
        seed=setting("dataset", "seed"),
    log:
        "resources/logs/prepare_dataset/{dataset}/{task}.log",
    benchmark:
        "resources/benchmarks/prepare_dataset/{dataset}/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Preparing dataset {wildcards.task}"
    script:
        "../scripts/prepare_dataset.py"


rule draw_calibration:
    input:
        train=dataset_file("train.safetensors"),
        code=code("draw_calibration.py"),
    output:
        samples=CALIBRATION,
    params:
        samples=setting("zoo", "calibration", "samples"),
        seed=setting("zoo", "seed"),
    log:
        "results/{zoo}/logs/draw_calibration/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/draw_calibration/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Drawing calibration samples of {wildcards.task}"
    script:
        "../scripts/draw_calibration.py"
