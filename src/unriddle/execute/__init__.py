"""How programs run: sandbox, zygote, driver/candidate split, limits, compare."""
