"""Sketches of checkpoints, and the metrics of pairs that follow from them without merging."""

for job in study.jobs_of_tasks("sketch_checkpoint", "of_encoders"):

    rule:
        name:
            job.rule
        input:
            unpack(study.metrics.sketch_inputs(job)),
            pretrained=study.file(paths.VISION_TOWER),
            checkpoints=study.of_job(job, paths.CHECKPOINT),
        output:
            sketches=expand(paths.SKETCH, task=job.targets, allow_missing=True),
        log:
            f"results/{{zoo}}/logs/sketch_checkpoint/{job.name}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/sketch_checkpoint/{job.name}.tsv"
        wildcard_constraints:
            zoo=job.zoo_pattern,
        conda:
            ENVIRONMENT
        resources:
            mem_mb=study.backbones.memory(4000, copies=10),
            runtime=growing(60 * len(job.targets)),
            gpu=GPUS,
        params:
            code=code("metrics/sketch_checkpoint.py", study.metrics.domain_modules),
            settings=study.metrics.settings,
            probed=study.metrics.probed_tasks,
            batch_size=config["metrics"]["batch_size"],
        message:
            f"Sketching the checkpoint of {job.title}"
        script:
            "../scripts/metrics/sketch_checkpoint.py"


for job in study.metrics.jobs("compute_pair_metrics", "of_encoders"):

    rule:
        name:
            job.rule
        input:
            sketches=study.metrics.of_pairs(job, paths.SKETCH),
        output:
            metrics=expand(paths.PAIR_METRICS, pair=job.targets, allow_missing=True),
        log:
            f"results/{{zoo}}/logs/compute_pair_metrics/{job.targets[0]}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/compute_pair_metrics/{job.targets[0]}.tsv"
        wildcard_constraints:
            zoo=job.zoo_pattern,
        conda:
            ENVIRONMENT
        resources:
            mem_mb=study.backbones.memory(2000, copies=4),
            runtime=growing(10 * len(job.targets)),
        params:
            code=code("metrics/compute_pair_metrics.py", *study.metrics.modules),
            families=study.families,
        message:
            f"Computing metrics of {job.title}"
        script:
            "../scripts/metrics/compute_pair_metrics.py"


# The same of any architecture. Updates are as large as the models: no sketch holds them, and metrics
# of a pair read the weights once more.
for job in study.jobs_of_tasks("sketch_changes", "in_place"):

    rule:
        name:
            job.rule
        input:
            records=study.of_job(job, paths.CHECKPOINT_IN_PLACE),
        output:
            sketches=expand(paths.SKETCH, task=job.targets, allow_missing=True),
        log:
            f"results/{{zoo}}/logs/sketch_changes/{job.name}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/sketch_changes/{job.name}.tsv"
        wildcard_constraints:
            zoo=job.zoo_pattern,
        conda:
            ENVIRONMENT
        resources:
            mem_mb=study.backbones.memory(4000, copies=2),
            runtime=growing(240 * len(job.targets)),
        params:
            code=code("metrics/sketch_changes.py"),
            settings=study.metrics.settings,
        message:
            f"Sketching the changes of {job.title}"
        script:
            "../scripts/metrics/sketch_changes.py"


for job in study.metrics.jobs("compare_changes", "in_place"):

    rule:
        name:
            job.rule
        input:
            records=study.metrics.of_pairs(job, paths.CHECKPOINT_IN_PLACE),
            sketches=study.metrics.of_pairs(job, paths.SKETCH),
        output:
            metrics=expand(paths.PAIR_METRICS, pair=job.targets, allow_missing=True),
        log:
            f"results/{{zoo}}/logs/compare_changes/{job.targets[0]}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/compare_changes/{job.targets[0]}.tsv"
        wildcard_constraints:
            zoo=job.zoo_pattern,
        conda:
            ENVIRONMENT
        resources:
            mem_mb=growing(4000),
            runtime=growing(60 * len(job.targets)),
        params:
            code=code("metrics/compare_changes.py", *study.metrics.modules),
            families=study.families,
        message:
            f"Comparing the changes of {job.title}"
        script:
            "../scripts/metrics/compare_changes.py"


rule tabulate_metrics:
    input:
        metrics=study.every(paths.PAIR_METRICS),
    output:
        table=paths.METRICS_TABLE,
    log:
        "results/{zoo}/logs/tabulate_metrics.log",
    benchmark:
        "results/{zoo}/benchmarks/tabulate_metrics.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=code("metrics/tabulate_metrics.py"),
    message:
        "Tabulating the metrics of zoo {wildcards.zoo}"
    script:
        "../scripts/metrics/tabulate_metrics.py"
