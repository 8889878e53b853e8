import Hummingbird

enum P {}
