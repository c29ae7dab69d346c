"""`python -m mergeability` is the command `mergeability`."""

from mergeability.cli import main

main()
