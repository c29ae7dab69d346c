"""Merges of pairs, evaluated in memory; written out only where somebody asks for the weights."""

# On test images, and on probe samples where a predictor merges (its rules then have other names).
for samples in study.tested_samples:
    for rule_name, zoo_pattern, pairs in study.evaluation_jobs(samples.rule):

        rule:
            name:
                rule_name
            input:
                unpack(study.evaluation_data(pairs, samples.images, samples.singles)),
            output:
                evaluations=expand(samples.merges, pair=pairs, allow_missing=True),
            log:
                f"results/{{zoo}}/logs/{samples.rule}/{{merger}}/{pairs[0]}.log",
            benchmark:
                f"results/{{zoo}}/benchmarks/{samples.rule}/{{merger}}/{pairs[0]}.tsv"
            wildcard_constraints:
                zoo=zoo_pattern,
            conda:
                ENVIRONMENT
            resources:
                mem_mb=study.memory(4000, copies=16),
                runtime=growing(240),
                gpu=GPUS,
            params:
                *code("merging/evaluate_merge.py"),
                merger_code=study.merger_code,
                merging=study.merge_settings,
                batch_size=config["evaluation"]["batch_size"],
            message:
                f"{samples.title} merges by {{wildcards.merger}}: {job_title(pairs)}"
            script:
                "../scripts/merging/evaluate_merge.py"


# What normalises merges on probe samples: the checkpoint's own accuracy on the same samples.
rule probe_checkpoint:
    input:
        architecture=study.file(ARCHITECTURE),
        pretrained=study.file(VISION_TOWER),
        checkpoint=CHECKPOINT,
        head=HEAD,
        test=PROBES,
    output:
        evaluation=PROBED_SINGLE,
    log:
        "results/{zoo}/logs/probe_checkpoint/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/probe_checkpoint/{task}.tsv"
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
        "Probing the checkpoint of {wildcards.task}"
    script:
        "../scripts/checkpoints/evaluate_checkpoint.py"


# What some mergers must know of a checkpoint beside its weights.
rule compute_statistics:
    input:
        architecture=study.file(ARCHITECTURE),
        checkpoint=CHECKPOINT,
        head=HEAD,
        samples=CALIBRATION,
    output:
        statistics=STATISTICS,
    log:
        "results/{zoo}/logs/compute_statistics/{kind}/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/compute_statistics/{kind}/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.memory(4000, copies=8),
        runtime=growing(60),
        gpu=GPUS,
    params:
        *code("merging/compute_statistics.py"),
        batch_size=config["metrics"]["batch_size"],
    message:
        "Computing statistics of {wildcards.task}: {wildcards.kind}"
    script:
        "../scripts/merging/compute_statistics.py"


rule merge_checkpoints:
    input:
        unpack(study.merge_data),
    output:
        merged=MERGED,
    log:
        "results/{zoo}/logs/merge_checkpoints/{merger}/{pair}.log",
    benchmark:
        "results/{zoo}/benchmarks/merge_checkpoints/{merger}/{pair}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.memory(4000, copies=16),
        runtime=growing(60),
        gpu=GPUS,
    params:
        *code("merging/merge_checkpoints.py"),
        merger_code=study.merger_code,
        merging=study.merge_settings,
    message:
        "Merging {wildcards.pair} by {wildcards.merger}"
    script:
        "../scripts/merging/merge_checkpoints.py"
