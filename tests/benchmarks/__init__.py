"""Figures: seconds and ratios, measured in one run. Never an assertion about time in a test."""
