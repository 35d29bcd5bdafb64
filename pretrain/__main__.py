"""`python -m pretrain VERB`."""

from pretrain.stages import ABOUT, VERBS
from tools.command import main

if __name__ == "__main__":
    main("pretrain", ABOUT, VERBS)
