"""What the zones of Route 53 answer: plain values in, plain values out, nothing of the emulator and no sockets."""
