"""What it takes to serve one library to many askers at a time."""
