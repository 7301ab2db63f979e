"""From what running a program showed to where it is wrong, and to text for the next proposal."""
