"""Home: what the lab answers, the story in four steps, the current data set at a glance."""

from pages.ui import page

with page.frame("Home", "What does a long tail do to a multi-label classifier, and what helps?"):
    page.link("Dataset", "Choose a data set and its imbalance")
