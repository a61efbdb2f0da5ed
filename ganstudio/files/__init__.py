"""What is read from files and from the network: points, images, downloads."""
