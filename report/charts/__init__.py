"""Charts: numbers in, SVG out; each is legible on its own, and takes the colours of a page that has them."""
