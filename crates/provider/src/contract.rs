//! What every adapter must keep, checked without a network. To be filled with its clauses.
