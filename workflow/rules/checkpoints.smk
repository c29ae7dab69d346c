"""Checkpoints of a zoo, and their accuracy."""


rule finetune_checkpoint:
    input:
        unpack(study.data.validation),
        architecture=study.file(paths.ARCHITECTURE),
        pretrained=study.file(paths.VISION_TOWER),
        head=paths.HEAD,
        train=study.file(paths.TRAIN_SPLIT),
    output:
        checkpoint=paths.CHECKPOINT,
    log:
        "results/{zoo}/logs/finetune_checkpoint/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/finetune_checkpoint/{task}.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("finetuned")),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.backbones.memory(4000, copies=8),
        runtime=growing(240),
        gpu=GPUS,
        # No param: how often a run is saved does not change what is trained.
        save_every=lookup("zoos/{zoo}/finetuning/save_every", within=config),
    params:
        code=code(
            "checkpoints/finetune_checkpoint.py", study.checkpoints.regularizer_modules
        ),
        recipe=study.checkpoints.recipe,
        seed=lookup("zoos/{zoo}/seed", within=config),
        state=paths.TRAINING_STATE,
    message:
        "Fine-tuning on {wildcards.task}"
    script:
        "../scripts/checkpoints/finetune_checkpoint.py"


rule fetch_checkpoint:
    output:
        manifest=paths.CHECKPOINT_MANIFEST,
    log:
        "resources/logs/fetch_checkpoint/{zoo}/{task}.log",
    benchmark:
        "resources/benchmarks/fetch_checkpoint/{zoo}/{task}.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("imported")),
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        code=code("checkpoints/fetch_weights.py"),
        source=study.checkpoints.foreign,
        cache=paths.HUB_CACHE,
    message:
        "Downloading the checkpoint of {wildcards.task}"
    script:
        "../scripts/checkpoints/fetch_weights.py"


rule import_checkpoint:
    input:
        pretrained=study.file(paths.VISION_TOWER),
        source=study.checkpoints.foreign_file,
    output:
        checkpoint=paths.CHECKPOINT,
    log:
        "results/{zoo}/logs/import_checkpoint/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/import_checkpoint/{task}.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("imported")),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.backbones.memory(3000, copies=6),
        runtime=growing(20),
    params:
        code=code("checkpoints/import_checkpoint.py"),
        source=study.checkpoints.foreign,
    message:
        "Importing the checkpoint of {wildcards.task}"
    script:
        "../scripts/checkpoints/import_checkpoint.py"


rule evaluate_checkpoint:
    input:
        architecture=study.file(paths.ARCHITECTURE),
        pretrained=study.file(paths.VISION_TOWER),
        checkpoint=paths.CHECKPOINT,
        head=paths.HEAD,
        test=study.file(paths.TEST_SPLIT),
    output:
        evaluation=paths.SINGLE_EVALUATION,
    log:
        "results/{zoo}/logs/evaluate_checkpoint/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/evaluate_checkpoint/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.backbones.memory(4000, copies=4),
        runtime=growing(60),
        gpu=GPUS,
    params:
        code=code("checkpoints/evaluate_checkpoint.py"),
        batch_size=config["evaluation"]["batch_size"],
    message:
        "Evaluating the checkpoint of {wildcards.task}"
    script:
        "../scripts/checkpoints/evaluate_checkpoint.py"
