"""The files of LiteRT: read what LiteRT itself reads slowly."""
