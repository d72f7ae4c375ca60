"""Pictures: what a view asks for, what it shows, and how it leaves the page. Importing this imports no torch."""

from viz.notebook import show

__all__ = ["show"]
