"""The commands of ``siaga112``, a module each; they parse, call, print, and hold no rules."""
