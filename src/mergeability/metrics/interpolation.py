"""How far a model is on the line theta_0 + state * tau from the pretrained weights to its own."""

PRETRAINED, HALFWAY, FINE_TUNED = 0.0, 0.5, 1.0
