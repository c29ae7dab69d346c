"""Datasets, and the samples on which data-driven metrics look at the encoders."""


rule prepare_dataset:
    input:
        code=code("prepare_dataset.py"),
    output:
        train=f"{DATASET}/train.safetensors",
        test=f"{DATASET}/test.safetensors",
        classes=f"{DATASET}/classes.json",
    params:
        seed=lambda wildcards: config["datasets"][wildcards.collection]["seed"],
    log:
        "resources/logs/prepare_dataset/{collection}/{task}.log",
    benchmark:
        "resources/benchmarks/prepare_dataset/{collection}/{task}.tsv"
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
        train=partial(dataset_file, "train.safetensors"),
        code=code("draw_calibration.py"),
    output:
        samples="results/{zoo}/calibration/{task}.safetensors",
    params:
        samples=lambda wildcards: config["zoos"][wildcards.zoo]["calibration"]["samples"],
        seed=zoo_seed,
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
