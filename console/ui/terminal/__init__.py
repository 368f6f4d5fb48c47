"""The terminal under the screens: reading it, whose key is whose, repainting, and leaving it as it was."""
