"""BANT, CHAMP and fit to the ideal client, read from what was written of a lead."""
