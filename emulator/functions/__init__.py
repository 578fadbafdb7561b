"""Where Lambda functions run: what a function's process sees, how it is started, asked and ended.

Nothing here knows the emulator; :mod:`emulator.plugin.execution` puts it in the emulator's place.
"""
