"""Figures: tables and records in, plotly figures out."""
