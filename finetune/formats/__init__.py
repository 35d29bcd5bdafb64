"""The formats of task data files: how each is read, and written where `convert` needs it."""
