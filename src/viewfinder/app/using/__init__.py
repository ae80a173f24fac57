"""What people keep of their own beside footage: collections, searches, judgements, corrections."""
