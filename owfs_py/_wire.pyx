"""owserver frames: split a byte stream into requests, build answers."""
