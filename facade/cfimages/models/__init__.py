"""What users hold: images, variants, keys and the like. Immutable values."""
