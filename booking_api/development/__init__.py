"""What only development needs: the embedded MongoDB and the demo world."""
