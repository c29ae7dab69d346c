"""Checkpoints of a zoo, and their accuracy."""


rule finetune_checkpoint:
    input:
        architecture=study.file(ARCHITECTURE),
        pretrained=study.file(VISION_TOWER),
        head=HEAD,
        train=study.file(TRAIN_SPLIT),
    output:
        checkpoint=CHECKPOINT,
    log:
        "results/{zoo}/logs/finetune_checkpoint/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/finetune_checkpoint/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
        gpu=GPUS,
    params:
        *code("finetune_checkpoint.py"),
        recipe=study.finetuning_recipe,
        seed=study.setting("zoo", "seed"),
    message:
        "Fine-tuning on {wildcards.task}"
    script:
        "../scripts/finetune_checkpoint.py"


rule evaluate_checkpoint:
    input:
        architecture=study.file(ARCHITECTURE),
        pretrained=study.file(VISION_TOWER),
        checkpoint=CHECKPOINT,
        head=HEAD,
        test=study.file(TEST_SPLIT),
    output:
        evaluation=SINGLE_EVALUATION,
    log:
        "results/{zoo}/logs/evaluate_checkpoint/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/evaluate_checkpoint/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
        gpu=GPUS,
    params:
        *code("evaluate_checkpoint.py"),
        batch_size=config["evaluation"]["batch_size"],
    message:
        "Evaluating the checkpoint of {wildcards.task}"
    script:
        "../scripts/evaluate_checkpoint.py"
