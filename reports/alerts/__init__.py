"""Alerts: telling people that an outage began, grew or ended. The one way out of this room, and it only sends."""
