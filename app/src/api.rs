//! Server functions: who is it, what do they ask. `chat::service` does the rest.
