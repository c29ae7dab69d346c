"""Parameters of mergers that are chosen on validation images, one value per zoo and merger."""
