"""The run file: its format, reader, writer, and what is read from a folder of them."""
