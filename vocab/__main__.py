"""`python -m vocab VERB`."""

from tools.command import main
from vocab.stages import ABOUT, VERBS

if __name__ == "__main__":
    main("vocab", ABOUT, VERBS)
