"""Generated from the .proto beside it by contracts/generate.py."""
