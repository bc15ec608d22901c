"""The Rete network: alpha and beta memories, existentials, windows, truth maintenance."""
