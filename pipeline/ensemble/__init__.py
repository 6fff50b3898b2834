"""Ensembles of networks, and their distillation into one."""
