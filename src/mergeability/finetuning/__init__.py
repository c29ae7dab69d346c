"""Fine-tuning of a vision tower on one task: the recipe, the loop, its state and regularizers."""
