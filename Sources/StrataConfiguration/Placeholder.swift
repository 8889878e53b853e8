enum PlaceholderStrataConfiguration {}
