"""Documents to tokenizers, and their comparison."""
