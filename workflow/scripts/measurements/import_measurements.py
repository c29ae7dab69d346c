"""Read what was measured of all pairs of a zoo that one merger merged."""

from mergeability.files import write_frame
from mergeability.joblog import job_log
from mergeability.measurements.folder import find_measurements
from mergeability.measurements.reader import read_measured_pairs

with job_log(snakemake.log[0]):
    measured = snakemake.params.measured
    found = find_measurements(measured["entry"], tuple(measured["mergers"]))
    write_frame(snakemake.output.table, read_measured_pairs(found, snakemake.wildcards.merger))
