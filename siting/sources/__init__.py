"""How bytes arrive: connectors, the cache, packs; nothing else touches the network."""
