"""One module for each group of operations: explicit, typed methods over the one pipeline."""
