"""Labels that follow the screen and the sliders."""
