"""The compute worker of the pages: one long-lived process with torch, so that the server needs none.

``client`` is imported by the server; ``tasks`` and everything below it run in the worker only.
"""
