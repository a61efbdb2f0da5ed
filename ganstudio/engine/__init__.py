"""All threads and sockets of the training side: the engine process, and the runs that it hosts."""
