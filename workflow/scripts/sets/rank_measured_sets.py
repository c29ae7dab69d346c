"""Rank sets that were measured elsewhere by what merging left of their pairs."""

import pandas as pd

from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.measurements.folder import find_measurements
from mergeability.measurements.reader import read_measured_sets
from mergeability.prediction.pairs_table import read_by_merger
from mergeability.sets.from_pairs import rank_measured_sets

with job_log(snakemake.log[0]):
    params, tables = snakemake.params, snakemake.input.tables
    found = find_measurements(params.measured["entry"], tuple(params.measured["mergers"]))
    sets = {merger: read_measured_sets(found, merger) for merger in found.sets}
    each = len(tables) // len(params.zoos)
    pairs = {
        zoo: read_by_merger(tables[number * each : (number + 1) * each])
        for number, zoo in enumerate(params.zoos)
    }
    ranked = [rank_measured_sets(sets, pairs, params.mergers, t) for t in params.targets]
    write_csv(snakemake.output.table, pd.concat(ranked, ignore_index=True))
