"""Tests; a property may take its time, for a slow machine is not a fault of the code."""

from hypothesis import settings

settings.register_profile("malmoi", deadline=None)
settings.load_profile("malmoi")
