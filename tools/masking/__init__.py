"""Personal data out of a text before it leaves for a model, and back into what comes from it."""
