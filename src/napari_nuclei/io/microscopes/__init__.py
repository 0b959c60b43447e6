"""Files of microscopes that the package bioio reads, such as CZI, ND2 and LIF."""
