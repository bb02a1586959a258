"""The embedded scheduler: services are processes of this machine, kept by a resident supervisor.

The supervisor and those who ask it meet in files of one folder only:

- ``services.yaml``: what should run; written by people (`definition`).
- ``wishes.json``: scale and restart, written by `driver.LocalScheduler` (`wishes`).
- ``status.json``: what runs, written by `supervisor` alone (`status`).
- ``logs/<uid>.log``: what an instance printed (`logs`).
"""
