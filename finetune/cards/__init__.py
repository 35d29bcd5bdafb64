"""The data sets, a row each, by what is asked of a model; `finetune/tasks.py` puts them together."""
