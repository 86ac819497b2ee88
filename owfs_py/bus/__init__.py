"""1-Wire buses as a library: bus masters, the catalog of families, and OneWire above them."""
