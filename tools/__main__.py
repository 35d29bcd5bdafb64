"""`python -m tools plan|make|doctor|bench`. The one place that names the packages above this one, as strings."""

from tools.workbench import main

PACKAGES = ("corpus", "vocab", "pretrain", "finetune")

if __name__ == "__main__":
    main(PACKAGES)
