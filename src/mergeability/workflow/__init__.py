"""What a config stands for: the inputs and params of all rules, as functions of wildcards.

`study.Study` puts it together. Each rule file has a module of the same name here. `paths` names
all files, `zoo` describes a zoo, `bundles` says which pairs share a job, `code` gives digests of
code as params, `checks` finds what is wrong with a config. Nothing here imports Snakemake.
"""
