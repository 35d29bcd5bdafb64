"""Documents and a tokenizer to instances, and instances to a model."""
