"""A pretrained model and task data to scores and predictions."""
