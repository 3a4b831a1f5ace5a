"""What the tests share: a machine of one's own, the server, the emulator, and readers of what they answer."""
