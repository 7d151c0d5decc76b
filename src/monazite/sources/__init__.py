"""One reader per provider: their file to a tidy table in our names and units."""
