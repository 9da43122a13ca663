"""Pre-training of the small backbone on abstract shapes: the lab's stand-in for ImageNet."""
