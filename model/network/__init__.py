"""The network: its layers, their activations and costs, and how parameters are initialised."""
