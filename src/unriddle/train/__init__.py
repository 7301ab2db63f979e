"""Training small language models."""
