"""Load balancing on loopback: health checks of targets and, for network load balancers, real TCP listeners.

It works on plain values and on sockets of its own thread; of AWS's interfaces and of the emulator it knows nothing.
"""
