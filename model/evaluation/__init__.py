"""Evaluation: metrics, calibration, attribution and the detection of novel inputs."""
