"""Data sets: arrays of images and labels, their subsets, and how they are split."""
