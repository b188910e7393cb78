"""The marts: what the deals are, in tables for analysis (specification 6.5)."""
