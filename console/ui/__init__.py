"""The screens: a Textual app that shows what the journal says and asks the facade ``Desk`` to do what people decide."""

import os

# A change waits for the next frame: 8 ms at most instead of 17. Frames are drawn only when something changed.
# Textual reads this when it is imported first.
os.environ.setdefault("TEXTUAL_FPS", "120")
