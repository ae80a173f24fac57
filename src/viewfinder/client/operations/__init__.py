"""What can be asked of a server: a function for each operation, which makes a request."""
