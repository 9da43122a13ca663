"""Runs on disk and their processes: the run folder is the only state, so nothing is lost with a tab or a server.

``paths`` names the files, ``record`` writes them whole or not at all, ``store`` creates and reads runs,
``trash`` deletes them with an undo, ``archive`` makes one file of a run and a run of a file, ``budget`` counts the room
they take, ``process`` starts and stops their child processes, ``child`` is what such a child uses to report, ``queue``
is the line in which runs wait, ``turn`` the waiting, ``estimate`` what to expect of a run that is not launched yet.
"""
