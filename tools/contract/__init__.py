"""A contract held against the playbook, the deal and itself."""
