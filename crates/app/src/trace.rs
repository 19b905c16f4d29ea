//! What is known of a message.
