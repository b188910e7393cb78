"""The source systems of the specification: what each may report, and how its webhook becomes CloudEvents."""
