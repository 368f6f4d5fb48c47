"""Pure functions from views to lines: everything that the display widgets show is decided here, without a terminal."""
