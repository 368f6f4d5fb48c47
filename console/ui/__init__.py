"""The screens: a Textual app that shows what the journal says and asks the facade ``Desk`` to do what people decide."""
