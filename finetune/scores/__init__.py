"""The scores of every task by the rules of their official scorers: gold answers and predictions to figures."""
