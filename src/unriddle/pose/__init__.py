"""How problems are read: stubs, TOML, puzzles, tables, benchmark names."""
