"""The learned score of leads, apart from the verdict."""
