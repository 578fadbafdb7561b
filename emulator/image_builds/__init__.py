"""How EC2 Image Builder builds an image: its workflows, their steps, and what becomes of them; data and functions."""
