enum PlaceholderStrataMemory {}
