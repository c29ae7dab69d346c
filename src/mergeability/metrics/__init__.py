"""The 28 pair metrics: `registry` lists them, one module per family computes them.

A checkpoint is summarised once (`sketch`, which needs torch); a pair combines two such sketches
(`pair`, which does not).
"""
