"""One file format each; all give a Piece."""
