"""`python -m finetune VERB`."""

from finetune.stages import ABOUT, VERBS
from tools.command import main

if __name__ == "__main__":
    main("finetune", ABOUT, VERBS)
