"""Zoos that were measured elsewhere: nothing is built, and all that follows is the same."""


rule import_measurements:
    input:
        unpack(study.measured_files),
    output:
        table=MERGER_PAIRS,
    log:
        "results/{zoo}/logs/import_measurements/{merger}.log",
    benchmark:
        "results/{zoo}/benchmarks/import_measurements/{merger}.tsv"
    wildcard_constraints:
        zoo=study.one_of(study.measured_zoos),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("measurements/import_measurements.py"),
        measured=study.measured_zoo,
    message:
        "Importing measurements of pairs merged by {wildcards.merger}"
    script:
        "../scripts/measurements/import_measurements.py"
