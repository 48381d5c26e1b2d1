"""The stages as plain functions: dataclass in, dataclass out. They know no queue, no HTTP, no store."""
