"""One module per text task; see `mergeability.datasets.text.registry`."""
