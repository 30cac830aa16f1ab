"""The version, read by the build."""

__version__: str = "0.1.0"
