"""How bytes arrive: connectors, the cache, packs; nothing else touches the network.

Nothing is imported here: the catalogue reads files of stores through ``siting.sources.remote``, and connectors read the
catalogue.
"""
