"""CloudWatch's arithmetic: what a metric's periods say, metric math, and what state an alarm is in.

Values in, values out: nothing here knows the emulator, the clock or the network.
"""
