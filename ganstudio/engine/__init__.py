"""All there is of threads and sockets on the training side."""
