"""What a puzzle's search runs inside the sandbox, next to the verifier: standard library only, sent as text."""
