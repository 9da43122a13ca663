"""The compute worker of the pages: one long-lived process with torch, so that the server needs none.

``client`` (and ``connection``, ``wire``) are imported by the server; everything else runs in the worker. There, the
questions of all sessions come in through one thread, ``jobs`` that take a moment are answered in a second one, and
``training`` trains heads in a third.
"""
