"""One process a module; `docs/operating.md` lists them."""
