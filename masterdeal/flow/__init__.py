"""What is done with the port: intake, sweep, relay, rebuild. Only the endpoints, the CLI and the worker call these."""
