"""Benchmarks: how long something takes as a multiple of a peer measured in the same run, never as an absolute time."""
