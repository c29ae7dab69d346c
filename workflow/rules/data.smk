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
    wildcard_constraints:
        dataset=study.datasets_from("tiny"),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        *code("data/prepare_dataset.py"),
        drawing_code=study.drawing_code,
        seed=study.setting("dataset", "seed"),
    message:
        "Preparing dataset {wildcards.task}"
    script:
        "../scripts/data/prepare_dataset.py"


# The only rules that need a network are this one and the two that fetch weights.
rule download_dataset:
    input:
        task=study.task_file,
    output:
        manifest=DATASET_MANIFEST,
    log:
        "resources/logs/download_dataset/{dataset}/{task}.log",
    benchmark:
        "resources/benchmarks/download_dataset/{dataset}/{task}.tsv"
    wildcard_constraints:
        dataset=study.datasets_from("hub"),
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(240),
    params:
        *code("data/download_dataset.py"),
        cache=HUB_CACHE,
    message:
        "Downloading dataset {wildcards.task}"
    script:
        "../scripts/data/download_dataset.py"


rule prepare_images:
    input:
        task=study.task_file,
        manifest=DATASET_MANIFEST,
    output:
        train=TRAIN_SPLIT,
        test=TEST_SPLIT,
        classes=CLASSES,
    log:
        "resources/logs/prepare_images/{dataset}/{task}.log",
    benchmark:
        "resources/benchmarks/prepare_images/{dataset}/{task}.tsv"
    wildcard_constraints:
        dataset=study.datasets_from("hub"),
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        *code("data/prepare_images.py"),
        cache=HUB_CACHE,
        image_size=study.setting("dataset", "image_size"),
    message:
        "Preparing images of {wildcards.task}"
    script:
        "../scripts/data/prepare_images.py"


# What fine-tuning, calibration and probing leave out, in zoos that ask for it.
rule draw_validation:
    input:
        train=study.file(TRAIN_SPLIT),
    output:
        samples=VALIDATION,
    log:
        "results/{zoo}/logs/draw_validation/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/draw_validation/{task}.tsv"
    wildcard_constraints:
        zoo=study.one_of(study.validated_zoos),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        *code("data/draw_validation.py"),
        settings=study.validation_settings,
    message:
        "Drawing validation samples of {wildcards.task}"
    script:
        "../scripts/data/draw_validation.py"


rule draw_calibration:
    input:
        unpack(study.validation),
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
        *code("data/draw_calibration.py"),
        settings=study.calibration_settings("samples"),
    message:
        "Drawing calibration samples of {wildcards.task}"
    script:
        "../scripts/data/draw_calibration.py"


use rule draw_calibration as draw_probes with:
    output:
        samples=PROBES,
    log:
        "results/{zoo}/logs/draw_probes/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/draw_probes/{task}.tsv"
    params:
        *code("data/draw_calibration.py"),
        settings=study.calibration_settings("probe_samples"),
    message:
        "Drawing probe samples of {wildcards.task}"
