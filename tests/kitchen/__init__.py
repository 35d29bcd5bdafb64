"""A package of three small stages, for the tests that kill, resume and change them."""
