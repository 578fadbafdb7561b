"""Faults and time on demand: what can go wrong, when, and how long things take on AWS.

Pure: rules, tables and a clock. What makes them happen inside the emulator stands in :mod:`emulator.plugin.faults` and
:mod:`emulator.plugin.timing`; this package imports nothing of the emulator and reads neither clock nor randomness.
"""
