"""Figures of a finished zoo: one file per figure, data frames in, `matplotlib` figures out."""
