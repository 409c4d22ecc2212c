//! Wires gifchat together.
