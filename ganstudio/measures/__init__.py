"""One family of numbers a file: samples in, numbers out, each with its noise floor."""
