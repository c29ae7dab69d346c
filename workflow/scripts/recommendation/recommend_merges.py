"""Rank pairs and mergers of candidates by what zoos have shown: tables, figure and page."""

from itertools import combinations

import pandas as pd

from mergeability.figures.recommended_pairs import plot_recommended_pairs
from mergeability.figures.style import save
from mergeability.files import write_csv, write_frame, write_text
from mergeability.joblog import job_log
from mergeability.prediction.pairs_table import read_by_merger
from mergeability.recommendation.by_merges import read_merges
from mergeability.recommendation.by_proxies import read_proxies
from mergeability.recommendation.forecast import Learner
from mergeability.recommendation.page import render_page, render_text
from mergeability.recommendation.ranking import recommend, table_to_fill

with job_log(snakemake.log[0]):
    files, output, params = snakemake.input, snakemake.output, snakemake.params
    pairs = pd.DataFrame(combinations(params.tasks, 2), columns=["task_a", "task_b"])
    known, left_out, learner = {}, [], None
    if params.learner:
        learner, known = Learner(**params.learner), read_by_merger(files.tables)
        pairs = pd.read_parquet(files.candidates)
        left_out = pd.read_csv(files.left_out, dtype=str, keep_default_na=False).to_dict("records")
    proxies = read_proxies(params.proxies, files.get("proxies", []), params.tasks)
    merges = read_merges(files.own_pairs, files.own_singles) if files.get("own_pairs") else None
    zoo = snakemake.wildcards.zoo if params.learner else ""
    found = recommend(
        known, pairs, learner, proxies, merges=merges, zoo=zoo, partners=params.partners
    )
    write_frame(output.pairs, found.pairs)
    write_csv(output.choices, found.choices)
    write_csv(output.coverage, found.coverage)
    write_csv(output.design, table_to_fill(found))
    save(plot_recommended_pairs(found.pairs, found.target), [output.svg, output.png])
    page = render_page(snakemake.wildcards.recommendation, found, output.svg, left_out, zoo)
    write_text(output.text, render_text(found, left_out))
    write_text(output.page, page)
