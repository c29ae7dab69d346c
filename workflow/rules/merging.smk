"""Merges of pairs, evaluated in memory; written out only where somebody asks for the weights."""

for rule_name, zoo_pattern, pairs in study.evaluation_jobs():

    rule:
        name:
            rule_name
        input:
            architecture=study.file(ARCHITECTURE),
            pretrained=study.file(VISION_TOWER),
            checkpoints=study.per_job_task(CHECKPOINT, pairs),
            heads=study.per_job_task(HEAD, pairs),
            tests=study.per_job_task(TEST_SPLIT, pairs),
            singles=study.per_job_task(SINGLE_EVALUATION, pairs),
            code=study.merging_code("evaluate_merge.py"),
        output:
            evaluations=expand(MERGE_EVALUATION, pair=pairs, allow_missing=True),
        log:
            f"results/{{zoo}}/logs/evaluate_merge/{{merger}}/{pairs[0]}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/evaluate_merge/{{merger}}/{pairs[0]}.tsv"
        wildcard_constraints:
            zoo=zoo_pattern,
        conda:
            ENVIRONMENT
        resources:
            mem_mb=4000,
            runtime=240,
            gpu=GPUS,
        params:
            pairs=study.job_pairs(pairs),
            tasks=study.job_tasks(pairs),
            method=study.setting("merger", "method"),
            parameters=study.merger_parameters,
            seed=study.setting("zoo", "seed"),
            batch_size=config["evaluation"]["batch_size"],
        message:
            "Evaluating merges by {wildcards.merger}, from {params.pairs[0]} on"
        script:
            "../scripts/evaluate_merge.py"


rule merge_checkpoints:
    input:
        pretrained=study.file(VISION_TOWER),
        checkpoints=study.per_job_task(CHECKPOINT),
        code=study.merging_code("merge_checkpoints.py"),
    output:
        merged=MERGED,
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
    params:
        method=study.setting("merger", "method"),
        parameters=study.merger_parameters,
        seed=study.setting("zoo", "seed"),
    message:
        "Merging {wildcards.pair} by {wildcards.merger}"
    script:
        "../scripts/merge_checkpoints.py"
