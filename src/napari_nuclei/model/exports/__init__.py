"""Write models for other computers and other programs."""
