"""Augmentation: elastic deformation and normalisation of images."""
