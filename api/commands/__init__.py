"""The sub-commands of `masterdeal`, one module each; api.cli imports them when they are called."""
