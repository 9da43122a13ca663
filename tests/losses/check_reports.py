"""What the tests ask of a report of the battery."""


def failed(report):
    """The names of the checks that a loss failed."""
    return {check.name for check in report.checks if check.outcome == "fail"}


def found(report, name):
    """The sentence that a check, known by its name, left."""
    return next(check.found for check in report.checks if check.name == name)
