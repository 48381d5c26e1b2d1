"""The checks, a file per group; each file ends with its `CHECKS`."""
