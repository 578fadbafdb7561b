"""Find, read and compare the bills of materials of machine images. It never prints, and asks AWS through ports only."""
