"""The command line: reads arguments, calls one plain function, prints what it returns. No logic stands here."""
