"""Parts of the contract of a store."""
