"""Merges of pairs, evaluated in memory; mergers side by side: tuned, tabulated and timed."""

# On test images, and on probe samples where a predictor merges (its rules then have other names).
for samples in study.merging.tested_samples:
    for job in study.merging.jobs(samples.rule, "has_examples"):

        rule:
            name:
                job.rule
            input:
                unpack(study.merging.inputs(job, samples)),
            output:
                evaluations=expand(samples.merges, pair=job.targets, allow_missing=True),
            log:
                f"results/{{zoo}}/logs/{samples.rule}/{{merger}}/{job.targets[0]}.log",
            benchmark:
                f"results/{{zoo}}/benchmarks/{samples.rule}/{{merger}}/{job.targets[0]}.tsv"
            wildcard_constraints:
                zoo=job.zoo_pattern,
            conda:
                ENVIRONMENT
            resources:
                mem_mb=study.backbones.memory(4000, copies=16),
                runtime=growing(240),
                gpu=GPUS,
            params:
                code=code(
                    "merging/evaluate_merge.py",
                    study.backbones.domain_modules,
                    study.merging.modules,
                ),
                merging=study.merging.settings,
                batch_size=config["evaluation"]["batch_size"],
            message:
                f"{samples.title} merges by {{wildcards.merger}}: {job.title}"
            script:
                "../scripts/merging/evaluate_merge.py"


# Of any architecture: by the commands of both tasks. The merge lies in a temporary folder meanwhile.
for job in study.merging.jobs("evaluate_merge_by_command", "has_commands"):

    rule:
        name:
            job.rule
        input:
            unpack(study.merging.commanded_inputs(job)),
        output:
            evaluations=expand(
                paths.MERGE_EVALUATION, pair=job.targets, allow_missing=True
            ),
        log:
            f"results/{{zoo}}/logs/evaluate_merge/{{merger}}/{job.targets[0]}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/evaluate_merge/{{merger}}/{job.targets[0]}.tsv"
        wildcard_constraints:
            zoo=job.zoo_pattern,
        conda:
            ENVIRONMENT
        resources:
            mem_mb=study.backbones.memory(4000, copies=4),
            runtime=growing(480 * len(job.targets)),
            gpu=GPUS,
        params:
            code=code("merging/evaluate_merge_by_command.py", study.merging.modules),
            merging=study.merging.settings,
            commands=study.merging.commands(job),
        message:
            f"Evaluating merges by {{wildcards.merger}} by command: {job.title}"
        script:
            "../scripts/merging/evaluate_merge_by_command.py"


# What some mergers must know of a checkpoint beside its weights.
rule compute_statistics:
    input:
        architecture=study.file(paths.ARCHITECTURE),
        checkpoint=paths.CHECKPOINT,
        head=paths.HEAD,
        samples=paths.CALIBRATION,
    output:
        statistics=paths.STATISTICS,
    log:
        "results/{zoo}/logs/compute_statistics/{kind}/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/compute_statistics/{kind}/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.backbones.memory(4000, copies=8),
        runtime=growing(60),
        gpu=GPUS,
    params:
        code=code("merging/compute_statistics.py", study.backbones.domain_modules),
        batch_size=config["metrics"]["batch_size"],
    message:
        "Computing statistics of {wildcards.task}: {wildcards.kind}"
    script:
        "../scripts/merging/compute_statistics.py"


rule merge_checkpoints:
    input:
        unpack(study.merging.merge_inputs),
    output:
        merged=paths.MERGED,
    log:
        "results/{zoo}/logs/merge_checkpoints/{merger}/{pair}.log",
    benchmark:
        "results/{zoo}/benchmarks/merge_checkpoints/{merger}/{pair}.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("of_encoders")),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.backbones.memory(4000, copies=16),
        runtime=growing(60),
        gpu=GPUS,
    params:
        code=code(
            "merging/merge_checkpoints.py",
            study.backbones.domain_modules,
            study.merging.modules,
        ),
        merging=study.merging.settings,
        batch_size=config["evaluation"]["batch_size"],
    message:
        "Merging {wildcards.pair} by {wildcards.merger}"
    script:
        "../scripts/merging/merge_checkpoints.py"


# Of any architecture: a model in the form of its base, which loads as the base does.
rule write_merge:
    input:
        records=study.merging.set_records,
    output:
        model=directory(paths.MERGED_MODEL),
    log:
        "results/{zoo}/logs/write_merge/{merger}/{set}.log",
    benchmark:
        "results/{zoo}/benchmarks/write_merge/{merger}/{set}.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("in_place")),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.backbones.memory(4000, copies=4),
        runtime=growing(240),
    params:
        code=code("merging/write_merge.py", study.merging.modules),
        merging=study.merging.settings,
    message:
        "Writing the merge of {wildcards.set} by {wildcards.merger}"
    script:
        "../scripts/merging/write_merge.py"


rule tune_merger:
    input:
        unpack(study.merging.tuning_inputs),
    output:
        tuning=paths.TUNING,
    log:
        "results/{zoo}/logs/tune_merger/{merger}.log",
    benchmark:
        "results/{zoo}/benchmarks/tune_merger/{merger}.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("validated")),
        merger=paths.one_of(study.merging.tuned),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.backbones.memory(4000, copies=16),
        runtime=growing(480),
        gpu=GPUS,
    params:
        code=code(
            "merging/tune_merger.py",
            study.backbones.domain_modules,
            study.merging.modules,
        ),
        merging=study.merging.settings,
        pairs=study.merging.tuning_pairs,
        batch_size=config["evaluation"]["batch_size"],
    message:
        "Tuning {wildcards.merger} on zoo {wildcards.zoo}"
    script:
        "../scripts/merging/tune_merger.py"


rule tabulate_mergers:
    input:
        table=paths.PAIRS,
    output:
        table=report(
            paths.MERGERS_TABLE,
            caption="../report/mergers.rst",
            category="Merging",
            labels={"content": "All mergers", "format": "table"},
        ),
    log:
        "results/{zoo}/logs/tabulate_mergers.log",
    benchmark:
        "results/{zoo}/benchmarks/tabulate_mergers.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(10),
    params:
        code=code("merging/tabulate_mergers.py"),
    message:
        "Tabulating the mergers of zoo {wildcards.zoo}"
    script:
        "../scripts/merging/tabulate_mergers.py"


rule time_mergers:
    input:
        unpack(study.merging.timed_inputs),
    output:
        table=paths.MERGER_COST,
    log:
        "results/{zoo}/logs/time_mergers.log",
    benchmark:
        "results/{zoo}/benchmarks/time_mergers.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("has_examples")),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.backbones.memory(4000, copies=16),
        runtime=growing(60),
        gpu=GPUS,
    params:
        code=code(
            "merging/time_mergers.py",
            study.backbones.domain_modules,
            *study.merging.all_modules,
        ),
        mergers=study.merging.timed,
        statistics=study.merging.statistics_kinds,
        batch_size=config["evaluation"]["batch_size"],
    message:
        "Timing the mergers on zoo {wildcards.zoo}"
    script:
        "../scripts/merging/time_mergers.py"
