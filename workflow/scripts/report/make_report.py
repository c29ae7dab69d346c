"""Let Snakemake write its HTML report on the figures and tables of one zoo.

Snakemake reports on a workflow in a call of its own; here it is made while the workflow runs, so
that the report is a file target like any other. The call reads the main Snakefile again, with the
config files of this run.
"""

import shlex
import subprocess
import sys
from pathlib import Path

from mergeability.files import atomic_path
from mergeability.joblog import job_log

with (
    job_log(snakemake.log[0]),
    atomic_path(snakemake.output.report) as temporary,
    Path(snakemake.log[0]).open("a", encoding="utf-8") as log,
):
    configs = shlex.split(snakemake.resources.configfiles)
    command = [sys.executable, "-m", "snakemake", "--report", str(temporary), "--nolock"]
    command += ["--snakefile", snakemake.resources.snakefile]
    command += ["--configfile", *configs] if configs else []
    command += ["--", *snakemake.input.shown]
    if subprocess.run(command, check=False, stdout=log, stderr=log).returncode:
        raise RuntimeError(f"Snakemake wrote no report; {snakemake.log[0]} says why")
