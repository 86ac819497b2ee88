"""The daemon: options, connections and life cycle around owfs_py.bus."""
