"""Reads what `config/` defines, labels and personas: YAML in, dataclasses out, all faults at once."""
