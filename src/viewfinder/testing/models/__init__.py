"""Stand-ins for language models: one that is scripted, and a server for one."""
