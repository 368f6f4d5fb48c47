"""Where is it: place names, coordinates and kilometre marks to villages and districts, and how sure that is."""

from dispatch.places.areas import Area, AreaMap, Near
from dispatch.places.gazetteer import Gazetteer, Match

__all__ = ["Area", "AreaMap", "Gazetteer", "Match", "Near"]
