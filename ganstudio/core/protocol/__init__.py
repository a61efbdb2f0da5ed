"""What window and engine say to each other, and how it is framed."""
