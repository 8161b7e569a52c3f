"""Mail written to be misread: seeds, mutations, forwards and bait, as data."""
