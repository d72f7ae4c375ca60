"""Figures as pictures for slides and paper, drawn from the spec alone: no browser takes part.

A figure becomes marks on a sheet of 1280 by 720 units; a writer each turns the sheet into SVG, PNG, PDF and TikZ.
"""
