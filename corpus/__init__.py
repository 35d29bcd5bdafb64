"""Raw sources to clean documents."""
