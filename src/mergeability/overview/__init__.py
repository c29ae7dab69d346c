"""One page of a zoo for people to read: what merging keeps, and how well that is foretold."""
