"""Pretrained backbones, and the zero-shot heads that their text towers give."""


rule pretrain_backbone:
    output:
        architecture=ARCHITECTURE,
        tokenizer=TOKENIZER,
        weights=BOTH_TOWERS,
        vision=VISION_TOWER,
    log:
        "resources/logs/pretrain_backbone/{backbone}.log",
    benchmark:
        "resources/benchmarks/pretrain_backbone/{backbone}.tsv"
    wildcard_constraints:
        backbone=study.backbones_from("pretrain"),
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=growing(120),
        gpu=GPUS,
    params:
        *code("backbones/pretrain_backbone.py", *drawing_modules()),
        architecture=study.setting("backbone", "architecture"),
        recipe=study.setting("backbone", "pretraining"),
        seed=study.setting("backbone", "seed"),
    message:
        "Pretraining backbone {wildcards.backbone}"
    script:
        "../scripts/backbones/pretrain_backbone.py"


rule fetch_backbone:
    output:
        manifest=BACKBONE_MANIFEST,
    log:
        "resources/logs/fetch_backbone/{backbone}.log",
    benchmark:
        "resources/benchmarks/fetch_backbone/{backbone}.tsv"
    wildcard_constraints:
        backbone=study.backbones_from("open_clip"),
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        *code("checkpoints/fetch_weights.py"),
        source=study.setting("backbone", "weights"),
        cache=HUB_CACHE,
    message:
        "Downloading backbone {wildcards.backbone}"
    script:
        "../scripts/checkpoints/fetch_weights.py"


rule import_backbone:
    input:
        weights=study.backbone_weights,
    output:
        architecture=ARCHITECTURE,
        tokenizer=TOKENIZER,
        weights=BOTH_TOWERS,
        vision=VISION_TOWER,
    log:
        "resources/logs/import_backbone/{backbone}.log",
    benchmark:
        "resources/benchmarks/import_backbone/{backbone}.tsv"
    wildcard_constraints:
        backbone=study.backbones_from("open_clip"),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.memory(4000, copies=8),
        runtime=growing(30),
    params:
        *code("backbones/import_backbone.py"),
        model=study.setting("backbone", "model"),
        source=study.setting("backbone", "weights"),
    message:
        "Importing backbone {wildcards.backbone}"
    script:
        "../scripts/backbones/import_backbone.py"


rule build_head:
    input:
        architecture=study.file(ARCHITECTURE),
        tokenizer=study.file(TOKENIZER),
        weights=study.file(BOTH_TOWERS),
        classes=study.file(CLASSES),
    output:
        head=HEAD,
    log:
        "results/{zoo}/logs/build_head/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/build_head/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.memory(4000, copies=4),
        runtime=growing(20),
    params:
        *code("backbones/build_head.py"),
    message:
        "Building the zero-shot head of {wildcards.task}"
    script:
        "../scripts/backbones/build_head.py"
