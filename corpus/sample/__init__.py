"""The little world: an invented country, written from tables of our own as every kind of data that Malmoi reads."""
