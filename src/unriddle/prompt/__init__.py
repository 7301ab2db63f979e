"""How prompts are built and code is read back."""
