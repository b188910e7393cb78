"""Task trackers outside: one adapter for each, all behind `ticket.Tracker`."""
