"""Sketches of checkpoints, and the metrics of pairs that follow from them without merging."""


rule sketch_checkpoint:
    input:
        unpack(study.sketch_data),
        pretrained=study.file(VISION_TOWER),
        checkpoint=CHECKPOINT,
    output:
        sketch=SKETCH,
    log:
        "results/{zoo}/logs/sketch_checkpoint/{task}.log",
    benchmark:
        "results/{zoo}/benchmarks/sketch_checkpoint/{task}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.memory(4000, copies=10),
        runtime=growing(60),
        gpu=GPUS,
    params:
        *code("metrics/sketch_checkpoint.py"),
        settings=study.sketch_settings,
        probed=study.probed_tasks,
        batch_size=config["metrics"]["batch_size"],
    message:
        "Sketching the checkpoint of {wildcards.task}"
    script:
        "../scripts/metrics/sketch_checkpoint.py"


for rule_name, zoo_pattern, pairs in study.metric_jobs():

    rule:
        name:
            rule_name
        input:
            sketches=study.sketches_of(pairs),
        output:
            metrics=expand(PAIR_METRICS, pair=pairs, allow_missing=True),
        log:
            f"results/{{zoo}}/logs/compute_pair_metrics/{pairs[0]}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/compute_pair_metrics/{pairs[0]}.tsv"
        wildcard_constraints:
            zoo=zoo_pattern,
        conda:
            ENVIRONMENT
        resources:
            mem_mb=study.memory(2000, copies=4),
            runtime=growing(10 * len(pairs)),
        params:
            *code(
                "metrics/compute_pair_metrics.py",
                *[f"mergeability/metrics/{family}.py" for family in study.families],
            ),
            families=study.families,
        message:
            f"Computing metrics of {job_title(pairs)}"
        script:
            "../scripts/metrics/compute_pair_metrics.py"


rule tabulate_metrics:
    input:
        metrics=study.every(PAIR_METRICS),
    output:
        table=METRICS_TABLE,
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
        *code("metrics/tabulate_metrics.py"),
    message:
        "Tabulating the metrics of zoo {wildcards.zoo}"
    script:
        "../scripts/metrics/tabulate_metrics.py"
