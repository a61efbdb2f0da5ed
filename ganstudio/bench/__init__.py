"""One benchmark a file, run by `ganstudio bench`."""
