enum PlaceholderStrataPostgres {}
