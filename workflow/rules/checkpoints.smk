"""Checkpoints of a zoo, and their accuracy."""


def finetuning_recipe(wildcards):
    """The recipe of the zoo with the number of samples that this task sees."""
    recipe = dict(config["zoos"][wildcards.zoo]["finetuning"])
    by_task = recipe.pop("samples_seen_by_task", {})
    recipe["samples_seen"] = by_task.get(wildcards.task, recipe["samples_seen"])
    return {key: recipe[key] for key in sorted(recipe)}


rule finetune_checkpoint:
    input:
        architecture=backbone_file("architecture.json"),
        pretrained=backbone_file("vision.safetensors"),
        head=HEAD,
        train=dataset_file("train.safetensors"),
        code=code("finetune_checkpoint.py"),
    output:
        checkpoint=CHECKPOINT,
    params:
        recipe=finetuning_recipe,
        seed=setting("zoo", "seed"),
    log:
        "results/{zoo}/logs/finetune_checkpoint/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/finetune_checkpoint/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=240,
        gpu=GPUS,
    message:
        "Fine-tuning on {wildcards.task}"
    script:
        "../scripts/finetune_checkpoint.py"


rule evaluate_checkpoint:
    input:
        architecture=backbone_file("architecture.json"),
        pretrained=backbone_file("vision.safetensors"),
        checkpoint=CHECKPOINT,
        head=HEAD,
        test=dataset_file("test.safetensors"),
        code=code("evaluate_checkpoint.py"),
    output:
        evaluation=SINGLE_EVALUATION,
    params:
        batch_size=config["evaluation"]["batch_size"],
    log:
        "results/{zoo}/logs/evaluate_checkpoint/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/evaluate_checkpoint/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=GPUS,
    message:
        "Evaluating the checkpoint of {wildcards.task}"
    script:
        "../scripts/evaluate_checkpoint.py"
