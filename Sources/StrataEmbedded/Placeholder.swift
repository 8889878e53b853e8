enum PlaceholderStrataEmbedded {}
