"""One experiment per method: what is claimed, what was measured, and whether it held."""
