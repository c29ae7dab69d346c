"""Merges of more than two models, where the config asks for them."""

for rule_name, zoo_pattern, job, sets in study.set_evaluation_jobs():

    rule:
        name:
            rule_name
        input:
            unpack(study.set_evaluation_data(sets)),
        output:
            evaluations=expand(SET_EVALUATION, set=sets, allow_missing=True),
        log:
            f"results/{{zoo}}/logs/evaluate_sets/{{merger}}/{job}.log",
        benchmark:
            f"results/{{zoo}}/benchmarks/evaluate_sets/{{merger}}/{job}.tsv"
        wildcard_constraints:
            zoo=zoo_pattern,
            merger=study.one_of(study.set_mergers),
        conda:
            ENVIRONMENT
        resources:
            mem_mb=study.memory(4000, copies=6 + 5 * config["sets"]["size"]),
            runtime=growing(240),
            gpu=GPUS,
        params:
            *code("evaluate_merge.py"),
            merger_code=study.merger_code,
            merging=study.merge_settings,
            batch_size=config["evaluation"]["batch_size"],
        message:
            f"Evaluating merges of sets by {{wildcards.merger}}: {job_title(sets)}"
        script:
            "../scripts/evaluate_merge.py"
