"""Budget allocation over concave responses in whole lots, with a proven bound."""
