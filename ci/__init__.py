"""What continuous integration needs beside the commands that people type: the comment on a change, and the smoke test.

The workflows in `.github/workflows` call `python -m ci`; nothing here knows of GitHub but the form of a comment.
"""
