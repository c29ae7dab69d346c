"""Rank pairs and mergers of candidates by what a zoo has shown: table, figure and page."""

import pandas as pd

from mergeability.figures.recommended_pairs import plot_recommended_pairs
from mergeability.figures.style import save
from mergeability.files import write_csv, write_frame, write_text
from mergeability.joblog import job_log
from mergeability.prediction.pairs_table import read_by_merger
from mergeability.recommendation.forecast import Learner
from mergeability.recommendation.page import render_page, render_text
from mergeability.recommendation.ranking import recommend

with job_log(snakemake.log[0]):
    files, output = snakemake.input, snakemake.output
    learner = Learner(**snakemake.params.learner)
    known = read_by_merger(files.tables)
    left_out = pd.read_csv(files.left_out, dtype=str, keep_default_na=False).to_dict("records")
    found = recommend(known, pd.read_parquet(files.candidates), learner)
    write_frame(output.pairs, found.pairs)
    write_csv(output.choices, found.choices)
    write_csv(output.coverage, found.coverage)
    save(plot_recommended_pairs(found.pairs, learner.target), [output.svg, output.png])
    wildcards = snakemake.wildcards
    page = render_page(
        wildcards.recommendation, wildcards.zoo, found, known, learner, output.svg, left_out
    )
    write_text(output.text, render_text(found, learner, left_out))
    write_text(output.page, page)
