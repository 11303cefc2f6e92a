"""The certified search for nearest neighbours, and the mean of what they hold."""
