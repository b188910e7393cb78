"""Lead lists: read, cleaned, de-duplicated and qualified."""
