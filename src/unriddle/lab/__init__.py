"""One experiment per method, with its claims."""
