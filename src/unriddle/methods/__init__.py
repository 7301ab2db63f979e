"""One file per paper, composing the parts."""
