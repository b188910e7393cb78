"""The endpoints: HTTP, command line, background worker. Only these write."""
