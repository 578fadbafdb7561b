"""What survives the emulator's end: its saved state as a file, and whether saving works. It knows nothing of AWS."""
