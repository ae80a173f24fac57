"""How one comes into a library: its folder, who asks, what for, and the gate."""
