"""Charts: numbers in, SVG out; each is legible on its own, and takes the colours of a page that has them.

They are written here, not by a plotting library, because the service draws them, too: it needs no other
package for them, their text stays text, and they follow the page into the dark.
"""
