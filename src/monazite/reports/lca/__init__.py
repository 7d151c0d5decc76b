"""The bridge to life cycle assessment: GeoPolRisk factors for openLCA and Brightway; needs the extra `lca`."""
