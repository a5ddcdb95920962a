"""What divides traffic between the sides: one module for each kind, from objects and wanted weights to changes, and
back.
"""
