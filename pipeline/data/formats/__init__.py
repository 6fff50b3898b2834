"""File formats that data sets are read from: IDX, NPZ and CSV."""
