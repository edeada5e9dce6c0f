"""samix builds each function and layer of an AWS SAM application where it belongs: host or container."""

__version__ = "0.1.0"
