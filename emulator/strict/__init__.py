"""How strictly CloudFormation takes templates: what it refuses, at which moment, and in which words.

Values in, values out: nothing here knows the emulator. :mod:`emulator.plugin.templates` asks at the right moments. What
was chosen and why stands in docs/adr/0016.
"""
