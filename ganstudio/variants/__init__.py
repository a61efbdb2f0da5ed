"""One paper a file: each reads like its algorithm box."""
