"""Checkpoints of a zoo, and their accuracy."""

for job in study.jobs_of_tasks("finetune_checkpoint", "finetuned"):

    rule:
        name:
            job.rule
        input:
            unpack(study.data.validation(job)),
            architecture=study.file(paths.ARCHITECTURE),
            pretrained=study.file(paths.VISION_TOWER),
            heads=study.of_job(job, paths.HEAD),
            train=study.of_job(job, paths.TRAIN_SPLIT),
        output:
            checkpoints=expand(paths.CHECKPOINT, task=job.targets, allow_missing=True),
        log:
            f"results/{{zoo}}/logs/finetune_checkpoint/{job.name}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/finetune_checkpoint/{job.name}.tsv"
        wildcard_constraints:
            zoo=job.zoo_pattern,
        conda:
            ENVIRONMENT
        resources:
            mem_mb=study.backbones.memory(4000, copies=8),
            runtime=growing(240 * len(job.targets)),
            gpu=GPUS,
            # No param: how often a run is saved does not change what is trained.
            save_every=lookup("zoos/{zoo}/finetuning/save_every", within=config),
        params:
            code=code(
                "checkpoints/finetune_checkpoint.py",
                study.backbones.domain_modules,
                study.checkpoints.regularizer_modules,
            ),
            recipes=study.checkpoints.recipes(job),
            seed=lookup("zoos/{zoo}/seed", within=config),
            states=expand(paths.TRAINING_STATE, task=job.targets, allow_missing=True),
        message:
            f"Fine-tuning on {job.title}"
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
        zoo=paths.one_of(study.zoos_that_are("imported", "of_encoders")),
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
        source=study.checkpoints.foreign_files,
    output:
        checkpoint=paths.CHECKPOINT,
    log:
        "results/{zoo}/logs/import_checkpoint/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/import_checkpoint/{task}.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("imported", "of_encoders")),
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


# Of any architecture: which tensors match the base, and what their files hold. They stay there.
rule align_checkpoint:
    input:
        files=study.checkpoints.foreign_files,
        base=study.file(paths.BASE),
    output:
        record=paths.CHECKPOINT_IN_PLACE,
    log:
        "results/{zoo}/logs/align_checkpoint/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/align_checkpoint/{task}.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("in_place")),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        code=code("checkpoints/align_checkpoint.py"),
        source=study.checkpoints.foreign,
    message:
        "Laying the checkpoint of {wildcards.task} beside its base"
    script:
        "../scripts/checkpoints/align_checkpoint.py"


# Against the test images, and against probe samples where a predictor merges: the checkpoint's own
# accuracy on the same samples normalises merges.
for samples in study.merging.tested_samples:
    for job in study.jobs_of_tasks(samples.single_rule, "has_examples"):

        rule:
            name:
                job.rule
            input:
                architecture=study.file(paths.ARCHITECTURE),
                pretrained=study.file(paths.VISION_TOWER),
                checkpoints=study.of_job(job, paths.CHECKPOINT),
                heads=study.of_job(job, paths.HEAD),
                tests=study.of_job(job, samples.examples),
            output:
                evaluations=expand(
                    samples.singles, task=job.targets, allow_missing=True
                ),
            log:
                f"results/{{zoo}}/logs/{samples.single_rule}/{job.name}.log",
            benchmark:
                f"results/{{zoo}}/benchmarks/{samples.single_rule}/{job.name}.tsv"
            wildcard_constraints:
                zoo=job.zoo_pattern,
            conda:
                ENVIRONMENT
            resources:
                mem_mb=study.backbones.memory(4000, copies=4),
                runtime=growing(60 * len(job.targets)),
                gpu=GPUS,
            params:
                code=code(
                    "checkpoints/evaluate_checkpoint.py",
                    study.backbones.domain_modules,
                ),
                batch_size=config["evaluation"]["batch_size"],
            message:
                f"{samples.title} the checkpoint of {job.title}"
            script:
                "../scripts/checkpoints/evaluate_checkpoint.py"


# Of any architecture: by the command of each task. The model lies in a temporary folder meanwhile.
for job in study.jobs_of_tasks("evaluate_checkpoint_by_command", "has_commands"):

    rule:
        name:
            job.rule
        input:
            records=study.of_job(job, paths.CHECKPOINT_IN_PLACE),
            files=study.checkpoints.command_files(job),
        output:
            evaluations=expand(
                paths.SINGLE_EVALUATION, task=job.targets, allow_missing=True
            ),
        log:
            f"results/{{zoo}}/logs/evaluate_checkpoint/{job.name}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/evaluate_checkpoint/{job.name}.tsv"
        wildcard_constraints:
            zoo=job.zoo_pattern,
        conda:
            ENVIRONMENT
        resources:
            mem_mb=study.backbones.memory(4000, copies=4),
            runtime=growing(240 * len(job.targets)),
            gpu=GPUS,
        params:
            code=code(
                "checkpoints/evaluate_checkpoint_by_command.py",
                "mergers.task_arithmetic",
            ),
            commands=study.checkpoints.commands(job),
        message:
            f"Evaluating the checkpoint of {job.title} by command"
        script:
            "../scripts/checkpoints/evaluate_checkpoint_by_command.py"
