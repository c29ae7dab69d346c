"""Which of somebody's checkpoints to merge, and how, by what evaluated zoos have shown."""


rule fetch_candidate:
    output:
        manifest=paths.CANDIDATE_MANIFEST,
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
        code=code("checkpoints/fetch_weights.py"),
        source=study.recommendations.source,
        cache=paths.HUB_CACHE,
    message:
        "Downloading candidate {wildcards.candidate} of {wildcards.recommendation}"
    script:
        "../scripts/checkpoints/fetch_weights.py"


rule describe_candidates:
    input:
        unpack(study.recommendations.data),
        pretrained=study.file(paths.VISION_TOWER),
        files=study.recommendations.candidate_files,
        manifests=study.recommendations.manifests,
    output:
        metrics=paths.CANDIDATE_METRICS,
        left_out=paths.CANDIDATES_LEFT_OUT,
    log:
        "results/{zoo}/logs/describe_candidates/{recommendation}.log",
    benchmark:
        "results/{zoo}/benchmarks/describe_candidates/{recommendation}.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("has_examples")),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.backbones.memory(4000, copies=10),
        runtime=growing(240),
        gpu=GPUS,
    params:
        code=code(
            "recommendation/describe_candidates.py",
            study.recommendations.family_modules,
            study.recommendations.domain_modules,
        ),
        candidates=study.recommendations.candidates,
        families=study.recommendations.families,
        settings=study.recommendations.sketch_settings,
        batch_size=config["metrics"]["batch_size"],
    message:
        "Describing the candidates of {wildcards.recommendation}"
    script:
        "../scripts/recommendation/describe_candidates.py"


# Of any architecture.
rule describe_candidates_in_place:
    input:
        base=study.file(paths.BASE),
        files=study.recommendations.candidate_files,
    output:
        metrics=paths.CANDIDATE_METRICS,
        left_out=paths.CANDIDATES_LEFT_OUT,
    log:
        "results/{zoo}/logs/describe_candidates/{recommendation}.log",
    benchmark:
        "results/{zoo}/benchmarks/describe_candidates/{recommendation}.tsv"
    wildcard_constraints:
        zoo=paths.one_of(study.zoos_that_are("has_commands")),
    conda:
        ENVIRONMENT
    resources:
        mem_mb=study.backbones.memory(4000, copies=2),
        runtime=growing(240),
    params:
        code=code(
            "recommendation/describe_candidates_in_place.py",
            study.recommendations.family_modules,
        ),
        candidates=study.recommendations.candidates,
        families=study.recommendations.families,
        settings=study.recommendations.sketch_settings,
    message:
        "Describing the candidates of {wildcards.recommendation}"
    script:
        "../scripts/recommendation/describe_candidates_in_place.py"


rule recommend_merges:
    input:
        unpack(study.recommendations.evidence),
    output:
        pairs=paths.RECOMMENDED_PAIRS,
        choices=paths.RECOMMENDED_CHOICES,
        coverage=paths.RECOMMENDED_COVERAGE,
        design=paths.RECOMMENDED_DESIGN,
        svg=paths.RECOMMENDED_FIGURE,
        png=Path(paths.RECOMMENDED_FIGURE).with_suffix(".png"),
        text=paths.RECOMMENDATION_TEXT,
        page=paths.RECOMMENDATION_PAGE,
    log:
        "results/{zoo}/logs/recommend_merges/{recommendation}.log",
    benchmark:
        "results/{zoo}/benchmarks/recommend_merges/{recommendation}.tsv"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=code(
            "recommendation/recommend_merges.py",
            "recommendation/page.html",
            study.recommendations.learner_modules,
        ),
        learner=study.recommendations.learner,
        proxies=study.recommendations.proxies,
        tasks=study.recommendations.tasks,
        partners=study.recommendations.partners,
    message:
        "Recommending merges of {wildcards.recommendation}"
    script:
        "../scripts/recommendation/recommend_merges.py"
