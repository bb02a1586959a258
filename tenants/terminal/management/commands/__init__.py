"""One command a module; `docs/operating.md` lists them."""
