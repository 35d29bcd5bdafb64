"""`python -m corpus VERB`."""

from corpus.stages import ABOUT, VERBS
from tools.command import main

if __name__ == "__main__":
    main("corpus", ABOUT, VERBS)
