"""Production calendars: which days are worked, and how long, by dated tables with their sources."""
