"""Two to six runs beside each other, in a window of their own."""
