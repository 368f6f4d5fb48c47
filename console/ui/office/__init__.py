"""The facade of the supervisor's and the admin's screens: ``Office``, in parts, and what it shows."""
