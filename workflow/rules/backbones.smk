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
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=growing(120),
        gpu=GPUS,
    params:
        *code("pretrain_backbone.py", *drawing_modules()),
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
    output:
        head=HEAD,
    log:
        "results/{zoo}/logs/build_head/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/build_head/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("build_head.py"),
    message:
        "Building the zero-shot head of {wildcards.task}"
    script:
        "../scripts/build_head.py"
