"""Pretrained backbones, and the zero-shot heads that their text towers give."""


rule pretrain_backbone:
    input:
        code=code("pretrain_backbone.py", *drawing_code(*TINY_TASKS)),
    output:
        architecture=f"{BACKBONE}/architecture.json",
        tokenizer=f"{BACKBONE}/tokenizer.json",
        weights=f"{BACKBONE}/weights.safetensors",
        vision=f"{BACKBONE}/vision.safetensors",
    params:
        architecture=setting("backbone", "architecture"),
        recipe=setting("backbone", "pretraining"),
        seed=setting("backbone", "seed"),
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
    message:
        "Pretraining backbone {wildcards.backbone}"
    script:
        "../scripts/pretrain_backbone.py"


rule build_head:
    input:
        architecture=backbone_file("architecture.json"),
        tokenizer=backbone_file("tokenizer.json"),
        weights=backbone_file("weights.safetensors"),
        classes=dataset_file("classes.json"),
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
