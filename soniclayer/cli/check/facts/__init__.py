"""What several checks look at: Redis, systemd's units, nginx's site, what is served, listens and runs."""
