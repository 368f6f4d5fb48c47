"""Parts of the screens; each shows safe text only."""
