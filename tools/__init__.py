"""What every stage stands on: stages, recipes, shards, the engine, report drawing, measuring."""
