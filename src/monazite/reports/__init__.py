"""Pictures, tables and pages of results; computes nothing new."""

from monazite.reports.run_files import write_report, write_run

__all__ = ["write_report", "write_run"]
