"""The health and admin pages of an instance, in a process and a virtual environment of their own."""
