"""Measures of concentration, dependence and risk: pure functions."""
