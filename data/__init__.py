"""The record of the centre: journal, stores, side tables, export, reports, the reference pack of a region."""
