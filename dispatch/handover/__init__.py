"""The chase of hand-overs: channels by which agencies are told, and the service that keeps the limits."""
