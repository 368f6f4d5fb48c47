"""The facade of the call-taker's and the dispatcher's screens: ``Desk``, in parts, and the protocol that it fulfils."""
