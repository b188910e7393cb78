"""Accuracy, measured offline against bars that only rise."""
