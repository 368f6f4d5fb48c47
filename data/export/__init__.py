"""Data that leaves the house: masked unless somebody with the right says otherwise, and never without an entry."""
