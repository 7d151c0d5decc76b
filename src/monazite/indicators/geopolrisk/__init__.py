"""GeoPolRisk: the pure functions (`score`), and scores of every material, stage, year and region in one pass."""
