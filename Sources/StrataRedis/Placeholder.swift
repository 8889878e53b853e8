enum PlaceholderStrataRedis {}
