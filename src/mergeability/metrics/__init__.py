"""The pair metrics: one module in `families` per family, and `registry` knows them all.

A checkpoint is summarised once (`sketch`, which needs torch); a pair combines two such sketches
(`pair`, which does not).
"""
