"""Lessons: what one is, how its folder is read, and where lessons are found. Nothing here needs torch or Qt."""
