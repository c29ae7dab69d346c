"""Datasets, and the samples on which data-driven metrics look at the encoders."""


rule prepare_dataset:
    output:
        train=TRAIN_SPLIT,
        test=TEST_SPLIT,
        classes=CLASSES,
    log:
        "resources/logs/prepare_dataset/{dataset}/{task}.log",
    benchmark:
        "resources/benchmarks/prepare_dataset/{dataset}/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        *code("prepare_dataset.py"),
        drawing_code=study.drawing_code,
        seed=study.setting("dataset", "seed"),
    message:
        "Preparing dataset {wildcards.task}"
    script:
        "../scripts/prepare_dataset.py"


rule draw_calibration:
    input:
        train=study.file(TRAIN_SPLIT),
    output:
        samples=CALIBRATION,
    log:
        "results/{zoo}/logs/draw_calibration/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/draw_calibration/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        *code("draw_calibration.py"),
        settings=study.calibration_settings,
    message:
        "Drawing calibration samples of {wildcards.task}"
    script:
        "../scripts/draw_calibration.py"
