"""One figure of many: its module reads the input of the rule and takes the params of the rule."""

from importlib import import_module

from mergeability.figures.style import save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    settings = dict(snakemake.params.items())
    settings.pop("code")
    module = import_module(f"mergeability.figures.{settings.pop('figure')}")
    save(module.draw(**dict(snakemake.input.items()), **settings), snakemake.output)
