enum PlaceholderStrataSharding {}
