"""Which of somebody's checkpoints to merge, and how, by what an evaluated zoo has shown."""


rule fetch_candidate:
    output:
        manifest=CANDIDATE_MANIFEST,
    log:
        "resources/logs/fetch_candidate/{zoo}/{recommendation}/{candidate}.log",
    benchmark:
        "resources/benchmarks/fetch_candidate/{zoo}/{recommendation}/{candidate}.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        *code("checkpoints/fetch_weights.py"),
        source=study.candidate_source,
        cache=HUB_CACHE,
    message:
        "Downloading candidate {wildcards.candidate} of {wildcards.recommendation}"
    script:
        "../scripts/checkpoints/fetch_weights.py"


rule describe_candidates:
    input:
        unpack(study.candidate_data),
        pretrained=study.file(VISION_TOWER),
        sources=study.candidate_sources,
    output:
        metrics=CANDIDATE_METRICS,
    log:
        "results/{zoo}/logs/describe_candidates/{recommendation}.log",
    benchmark:
        "results/{zoo}/benchmarks/describe_candidates/{recommendation}.tsv"
    wildcard_constraints:
        zoo=study.one_of(study.evaluated_zoos),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.memory(4000, copies=10),
        runtime=growing(240),
        gpu=GPUS,
    params:
        *code("recommendation/describe_candidates.py"),
        *[
            file
            for family in study.families
            for file in code(
                f"mergeability/metrics/{family}.py",
                beside="recommendation/describe_candidates.py",
            )
        ],
        candidates=study.candidates,
        settings=study.candidate_sketch_settings,
        batch_size=config["metrics"]["batch_size"],
    message:
        "Describing the candidates of {wildcards.recommendation}"
    script:
        "../scripts/recommendation/describe_candidates.py"


rule recommend_merges:
    input:
        candidates=CANDIDATE_METRICS,
        tables=study.every(MERGER_PAIRS),
        template="workflow/report/recommendation.html",
    output:
        pairs=RECOMMENDED_PAIRS,
        choices=RECOMMENDED_CHOICES,
        coverage=RECOMMENDED_COVERAGE,
        svg=RECOMMENDED_FIGURE,
        png=Path(RECOMMENDED_FIGURE).with_suffix(".png"),
        page=RECOMMENDATION_PAGE,
    log:
        "results/{zoo}/logs/recommend_merges/{recommendation}.log",
    benchmark:
        "results/{zoo}/benchmarks/recommend_merges/{recommendation}.tsv"
    wildcard_constraints:
        zoo=study.one_of(study.evaluated_zoos),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        *code("recommendation/recommend_merges.py"),
        predictor_code=study.learner_code,
        learner=study.learner,
    message:
        "Recommending merges of {wildcards.recommendation}"
    script:
        "../scripts/recommendation/recommend_merges.py"
