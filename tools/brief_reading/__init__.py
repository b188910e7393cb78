"""The parts of brief analysis: each reads one kind of thing out of an annotated text."""
