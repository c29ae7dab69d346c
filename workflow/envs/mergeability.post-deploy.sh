# Scripts import the installed library: the folder Snakemake runs in, or what MERGEABILITY names.
set -euo pipefail
python -m pip install --no-deps "${MERGEABILITY:-.}"
