"""Merges of pairs, evaluated in memory; written out only where somebody asks for the weights."""

for rule_name, zoo_pattern, pairs in study.evaluation_jobs():

    rule:
        name:
            rule_name
        input:
            unpack(study.evaluation_data(pairs)),
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
            mem_mb=study.memory(4000, copies=12),
            runtime=growing(240),
            gpu=GPUS,
        params:
            *code("evaluate_merge.py"),
            merger_code=study.merger_code,
            merging=study.merge_settings,
            batch_size=config["evaluation"]["batch_size"],
        message:
            f"Evaluating merges by {{wildcards.merger}}: {job_title(pairs)}"
        script:
            "../scripts/evaluate_merge.py"


rule merge_checkpoints:
    input:
        pretrained=study.file(VISION_TOWER),
        checkpoints=study.of_both_tasks(CHECKPOINT),
    output:
        merged=MERGED,
    log:
        "results/{zoo}/logs/merge_checkpoints/{merger}/{pair}.log",
    benchmark:
        "results/{zoo}/benchmarks/merge_checkpoints/{merger}/{pair}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.memory(4000, copies=12),
        runtime=growing(60),
        gpu=GPUS,
    params:
        *code("merge_checkpoints.py"),
        merger_code=study.merger_code,
        merging=study.merge_settings,
    message:
        "Merging {wildcards.pair} by {wildcards.merger}"
    script:
        "../scripts/merge_checkpoints.py"
