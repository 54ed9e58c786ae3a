//! What an answer costs.

fn main() {}
