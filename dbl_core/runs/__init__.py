"""Runs on disk and their processes: the run folder is the only state, so nothing is lost with a tab or a server.

``paths`` names the files, ``record`` writes them whole or not at all, ``store`` creates, reads, deletes and restores
runs, ``process`` starts and stops their child processes, ``child`` is what such a child uses to report.
"""
