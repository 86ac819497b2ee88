"""1-Wire hardware in software: a wire at slot level, slaves, and bus masters."""
