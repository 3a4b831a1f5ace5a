"""Starts what is measured, measures it in rounds, and reports."""
