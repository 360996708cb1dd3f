"""Plans radio frames that sense and communicate, and proves that no other plan is better."""

__version__ = "0.1.0"
