"""CloudWatch Logs' arithmetic: filter patterns, and the metrics that lie in log events.

Values in, values out: nothing here knows the emulator, the clock or the network.
"""
