"""Every text a language model is given, as files with a version and named inputs."""
