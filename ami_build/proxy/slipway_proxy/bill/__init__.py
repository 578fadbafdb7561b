"""The image's bill of materials: all that is installed, as a CycloneDX document that is the same for the same content.

It reads files only and runs nothing: not dpkg, not pip, not what they installed. No secret, host name or time of the
build gets into it. `__main__` is the entry point, and the only module that may ask the metadata service or print.
"""
