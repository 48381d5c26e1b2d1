"""What SonicLayer talks about: frozen dataclasses and pure rules. Imports nothing of ours.

Times are seconds (float) from the start of the recording. Every dataclass here goes into JSON and back unchanged.
"""
