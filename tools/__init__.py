"""What the copilot can do, as deterministic functions."""
