"""owserver's network protocol, seen from both ends."""
