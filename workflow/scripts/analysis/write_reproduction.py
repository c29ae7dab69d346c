"""Set the tables of the paper beside the results for a zoo, and for those it is compared with."""

from dataclasses import fields

from mergeability.files import read_json, write_text
from mergeability.joblog import job_log
from mergeability.reproduction.document import write_document
from mergeability.reproduction.evidence import Case, Results, read_tables

with job_log(snakemake.log[0]):
    files = snakemake.input

    def of_zoo(name, zoo):
        """The input files of this name that belong to a zoo."""
        listed = files.get(name, [])
        listed = [listed] if isinstance(listed, str) else listed
        return [path for path in listed if path.split("/")[1] == zoo]

    cases = []
    for zoo, measured in snakemake.params.zoos.items():
        tables = {field.name: read_tables(of_zoo(field.name, zoo)) for field in fields(Results)}
        complete = [read_json(path) for path in of_zoo("complete", zoo)]
        cases.append(Case.of_zoo(measured, Results(**tables), *(complete or [None])))
    text = write_document(
        cases,
        read_tables(files.get("recipes", [])),
        zoo=snakemake.wildcards.zoo,
        recipe=snakemake.params.recipe,
    )
    write_text(snakemake.output.document, text)
