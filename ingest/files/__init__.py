"""Files of one's own: posts, volumes and official incidents, told apart by content and loaded whole or not at all."""
