"""Set the tables of the paper beside the results for one zoo."""

from dataclasses import fields

from mergeability.files import read_json, write_text
from mergeability.joblog import job_log
from mergeability.measurements.folder import find_measurements
from mergeability.reproduction.document import write_document
from mergeability.reproduction.evidence import Paper, Results, read_tables

with job_log(snakemake.log[0]):
    files, measured = snakemake.input, snakemake.params.measured
    found = find_measurements(measured["entry"], tuple(measured["mergers"]))
    tables = {}
    for field in fields(Results):
        listed = files.get(field.name, [])
        tables[field.name] = read_tables([listed] if isinstance(listed, str) else listed)
    text = write_document(
        Paper.of_zoo(found.name),
        Results(**tables),
        zoo=snakemake.wildcards.zoo,
        measured_zoo=found.name,
        recipe=snakemake.params.recipe,
        complete=read_json(files.complete) if files.get("complete") else None,
    )
    write_text(snakemake.output.document, text)
