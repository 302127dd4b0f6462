"""Witnesses of closed forms, none of which shares the recursion that derived them."""
