"""Checkpoints of a zoo, and their accuracy."""


rule finetune_checkpoint:
    input:
        unpack(study.validation),
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
    wildcard_constraints:
        zoo=study.one_of(study.finetuned_zoos),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.memory(4000, copies=8),
        runtime=growing(240),
        gpu=GPUS,
        # No param: how often a run is saved does not change what is trained.
        save_every=study.setting("zoo", "finetuning", "save_every"),
    params:
        *code("checkpoints/finetune_checkpoint.py"),
        regularizer_code=study.regularizer_code,
        recipe=study.finetuning_recipe,
        seed=study.setting("zoo", "seed"),
        state=TRAINING_STATE,
    message:
        "Fine-tuning on {wildcards.task}"
    script:
        "../scripts/checkpoints/finetune_checkpoint.py"


rule fetch_checkpoint:
    output:
        manifest=CHECKPOINT_MANIFEST,
    log:
        "resources/logs/fetch_checkpoint/{zoo}/{task}.log",
    benchmark:
        "resources/benchmarks/fetch_checkpoint/{zoo}/{task}.tsv"
    wildcard_constraints:
        zoo=study.one_of(study.imported_zoos),
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        *code("checkpoints/fetch_weights.py"),
        source=study.foreign_checkpoint,
        cache=HUB_CACHE,
    message:
        "Downloading the checkpoint of {wildcards.task}"
    script:
        "../scripts/checkpoints/fetch_weights.py"


rule import_checkpoint:
    input:
        pretrained=study.file(VISION_TOWER),
        source=study.checkpoint_source,
    output:
        checkpoint=CHECKPOINT,
    log:
        "results/{zoo}/logs/import_checkpoint/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/import_checkpoint/{task}.tsv"
    wildcard_constraints:
        zoo=study.one_of(study.imported_zoos),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.memory(3000, copies=6),
        runtime=growing(20),
    params:
        *code("checkpoints/import_checkpoint.py"),
        source=study.foreign_checkpoint,
    message:
        "Importing the checkpoint of {wildcards.task}"
    script:
        "../scripts/checkpoints/import_checkpoint.py"


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
        mem_mb=study.memory(4000, copies=4),
        runtime=growing(60),
        gpu=GPUS,
    params:
        *code("checkpoints/evaluate_checkpoint.py"),
        batch_size=config["evaluation"]["batch_size"],
    message:
        "Evaluating the checkpoint of {wildcards.task}"
    script:
        "../scripts/checkpoints/evaluate_checkpoint.py"
