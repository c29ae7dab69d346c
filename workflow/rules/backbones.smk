"""Pretrained backbones, and the zero-shot heads that their text towers give."""


rule pretrain_backbone:
    input:
        code=study.pretraining_code,
    output:
        architecture=ARCHITECTURE,
        tokenizer=TOKENIZER,
        weights=BOTH_TOWERS,
        vision=VISION_TOWER,
    log:
        "resources/logs/pretrain_backbone/{backbone}.log",
    benchmark:
        "resources/benchmarks/pretrain_backbone/{backbone}.tsv"
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=8000,
        runtime=120,
        gpu=GPUS,
    params:
        architecture=study.setting("backbone", "architecture"),
        recipe=study.setting("backbone", "pretraining"),
        seed=study.setting("backbone", "seed"),
    message:
        "Pretraining backbone {wildcards.backbone}"
    script:
        "../scripts/pretrain_backbone.py"


rule build_head:
    input:
        architecture=study.file(ARCHITECTURE),
        tokenizer=study.file(TOKENIZER),
        weights=study.file(BOTH_TOWERS),
        classes=study.file(CLASSES),
        code=code("build_head.py"),
    output:
        head=HEAD,
    log:
        "results/{zoo}/logs/build_head/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/build_head/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=20,
    message:
        "Building the zero-shot head of {wildcards.task}"
    script:
        "../scripts/build_head.py"
