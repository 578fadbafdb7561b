"""How a resource is now, told in the properties that its template would have: the reading half of drift detection.

Tables and plain functions; the calls themselves are made by :mod:`emulator.plugin.drift`.
"""
