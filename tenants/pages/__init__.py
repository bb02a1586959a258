"""What every screen has: the choice of an environment, and the editor of documents."""
