"""Merges of pairs, evaluated in memory; written out only where somebody asks for the weights."""

import re

PAIRS_PER_JOB = config["evaluation"]["pairs_per_job"]


def evaluation_jobs():
    """Of every kind of evaluation job: name of its rule, pattern of its zoo, and its pairs.

    With one pair per job there is one kind, whose pair is a wildcard; else one kind per bundle.
    """
    if PAIRS_PER_JOB == 1:
        return [("evaluate_merge", r"[^/]+", ("{pair}",))]
    return [
        (f"evaluate_merge_{zoo}_{bundle.name}", re.escape(zoo), bundle.pairs)
        for zoo in ZOOS
        for bundle in bundle_pairs(config["zoos"][zoo]["tasks"], PAIRS_PER_JOB)
    ]


def merged_pairs(pairs):
    """A param: names of the pairs of a job."""
    return lambda wildcards: [pair.format(**wildcards) for pair in pairs]


def merged_tasks(pairs):
    """A param: names of all tasks of a job, sorted; its inputs per task have the same order."""
    names = merged_pairs(pairs)
    return lambda wildcards: sorted({task for p in names(wildcards) for task in split_pair(p)})


def per_merged_task(pattern, pairs):
    """An input function: a file of every task of a job."""
    tasks = merged_tasks(pairs)

    def files(wildcards):
        dataset = config["zoos"][wildcards.zoo]["dataset"]
        return expand(pattern, zoo=wildcards.zoo, dataset=dataset, task=tasks(wildcards))

    return files


def merging_code(script):
    """An input function: the library files behind a script and the merger that it runs."""

    def files(wildcards):
        method = config["mergers"][wildcards.merger]["method"]
        return code(script, f"mergeability/mergers/{method}.py")

    return files


def merger_parameters(wildcards):
    """A param: the parameters of the merger as the config gives them."""
    return parameters_of(config["mergers"][wildcards.merger])


for rule_name, zoo_pattern, pairs in evaluation_jobs():

    rule:
        name:
            rule_name
        input:
            architecture=backbone_file("architecture.json"),
            pretrained=backbone_file("vision.safetensors"),
            checkpoints=per_merged_task(CHECKPOINT, pairs),
            heads=per_merged_task(HEAD, pairs),
            tests=per_merged_task(f"{DATASET}/test.safetensors", pairs),
            singles=per_merged_task(SINGLE_EVALUATION, pairs),
            code=merging_code("evaluate_merge.py"),
        output:
            expand(MERGE_EVALUATION, pair=pairs, allow_missing=True),
        params:
            pairs=merged_pairs(pairs),
            tasks=merged_tasks(pairs),
            method=setting("merger", "method"),
            parameters=merger_parameters,
            seed=setting("zoo", "seed"),
            batch_size=config["evaluation"]["batch_size"],
        wildcard_constraints:
            zoo=zoo_pattern,
        log:
            f"results/{{zoo}}/logs/evaluate_merge/{{merger}}/{pairs[0]}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/evaluate_merge/{{merger}}/{pairs[0]}.tsv"
        conda:
            ENVIRONMENT
        resources:
            mem_mb=4000,
            runtime=240,
            gpu=GPUS,
        message:
            "Evaluating merges by {wildcards.merger}: {params.pairs}"
        script:
            "../scripts/evaluate_merge.py"


rule merge_checkpoints:
    input:
        pretrained=backbone_file("vision.safetensors"),
        checkpoints=per_pair_task(CHECKPOINT),
        code=merging_code("merge_checkpoints.py"),
    output:
        merged="results/{zoo}/merged/{merger}/{pair}.safetensors",
    params:
        method=setting("merger", "method"),
        parameters=merger_parameters,
        seed=setting("zoo", "seed"),
    log:
        "results/{zoo}/logs/merge_checkpoints/{merger}/{pair}.log",
    benchmark:
        "results/{zoo}/benchmarks/merge_checkpoints/{merger}/{pair}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=8000,
        runtime=60,
        gpu=GPUS,
    message:
        "Merging {wildcards.pair} by {wildcards.merger}"
    script:
        "../scripts/merge_checkpoints.py"
