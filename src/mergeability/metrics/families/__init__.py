"""Families of metrics: the functions of each module `families/<family>.py` are its metrics.

All whose names do not start with an underscore, in the order of the source. Each takes one of

    pair: SketchPair    both sketches side by side; the metric has the name of the function
    side: DirectedPair  the pair as seen from one of its tasks; there are two metrics, the sum over
                        both sides, `<name>_sum`, and the smaller one of the two, `<name>_min`

and returns a float. So all metrics are symmetric in the two tasks. None may evaluate weights that
were made from both task vectors; that would be a merge. Docstrings give formula, units and range.
Constants are read without importing the module:

    PARTS = ("task_vector",)  what sketches must hold: some of `mergeability.metrics.registry.PARTS`
    TITLE = "Task vector"     what figures call the family; the module's name if there is none
"""
