"""Bring published data sets to this disk: fetch, check, unpack, as a job that can be stopped and gone on with."""
