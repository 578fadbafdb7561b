"""Building, choosing, spreading and removing machine images. It never prints: it tells events to who called it."""
