"""What organizers take away: lists of attendees as files, and numbers."""
