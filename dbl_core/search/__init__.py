"""Searches: Optuna proposes settings, ordinary runs try them, one after the other.

``space`` says what can be varied and how, ``config`` what a search is, ``store`` finds searches beside the runs,
``study`` is the only module that knows Optuna, ``conduct`` is the loop of the search's own process, ``start`` starts,
continues and confirms, ``outcome`` tells what came out. Nothing here loads torch; Optuna is loaded at first use.
"""
