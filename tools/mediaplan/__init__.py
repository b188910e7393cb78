"""A media plan: its task, the lines it may hold, the best of them by scenario, and the certificate where there is none."""
