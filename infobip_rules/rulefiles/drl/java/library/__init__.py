"""One module for each Java class that rules may use: its methods, its constants, its constructors."""
