"""1-Wire buses as a library: bus masters, the catalog of device families, and OneWire above them."""
