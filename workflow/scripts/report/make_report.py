"""Let Snakemake write its HTML report on the figures and tables of one zoo.

Snakemake reports on a workflow in a call of its own; here it is made while the workflow runs, so
that the report is a file target like any other. The call reads the main Snakefile again: with its
own config files where this workflow is a module of another, else with the config of this run.
"""

import shlex
import subprocess
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile

import yaml

from mergeability.files import atomic_path
from mergeability.joblog import job_log

with (
    job_log(snakemake.log[0]),
    atomic_path(snakemake.output.report) as temporary,
    NamedTemporaryFile("w", suffix=".yaml") as config,
    Path(snakemake.log[0]).open("a", encoding="utf-8") as log,
):
    resources = snakemake.resources
    yaml.safe_dump(snakemake.config, config, sort_keys=False)
    config.flush()
    configs = shlex.split(resources.configfiles) if resources.in_module else [config.name]
    command = [sys.executable, "-m", "snakemake", "--report", str(temporary), "--nolock"]
    command += ["--snakefile", resources.snakefile]
    command += ["--configfile", *configs] if configs else []
    command += ["--", *snakemake.input.shown]
    subprocess.run(command, check=True, stdout=log, stderr=log)
