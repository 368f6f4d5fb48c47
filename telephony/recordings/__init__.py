"""Recordings of calls: their fingerprints, recall, who listened, how long they are kept.

The exchange records each call by itself (``[record]`` in its dialplan); nothing here is needed for that.
"""
