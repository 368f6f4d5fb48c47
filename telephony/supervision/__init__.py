"""Who listened to whom, from when to when, and who heard it."""
