"""SonicLayer turns broadcast audio into insight. Importing this package does nothing else than name its version."""

__version__ = "0.1.0"
