"""One command a file: what it asks for, and what it does. Nothing heavy is imported before a command runs."""
